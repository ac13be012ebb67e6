using System;
using System.Collections;
using System.IO;
using System.Text;
using System.Threading;

namespace BodyCam.Hazards
{
    /// <summary>Exercises a little of everything; its results lie in statics, so two recorders must not share them.</summary>
    public class CleanProgram
    {
        public static int Runs;
        public static string Trace;
        public static bool Done;
        private static int s_fault;

        public static void Main()
        {
            try
            {
                Run();
            }
            catch (Exception e)
            {
                Trace = e.Message;
                s_fault = 1;
            }

            Done = true;
        }

        private static void Run()
        {
            Runs++;
            var log = new StringBuilder();
            ulong startUs = SystemClock.NowUs();
            SystemClock.Nap(250);
            log.Append((int)((SystemClock.NowUs() - startUs) / 1000) >= 250).Append(' ');

            var signal = new AutoResetEvent(false);
            var worker = new Thread(() => Worker(signal));
            worker.Start();
            signal.WaitOne();
            worker.Join();

            using (var file = new FileStream("I:\\trace.bin", FileMode.Create, FileAccess.Write, FileShare.Read))
            {
                file.Write(CleanData.Pattern, 0, CleanData.Pattern.Length);
                file.Flush();
            }

            byte[] back = File.ReadAllBytes("I:\\trace.bin");
            SpanByte span = back;
            log.Append(span.Slice(2, 3)[1]).Append(' ');
            log.Append(DateTime.FromUnixTimeSeconds(86400).ToString("yyyy-MM-dd")).Append(' ');
            log.Append(SystemClock.Utc().Year).Append(' ');
            var table = new Hashtable { { "a", 1 } };
            var list = new ArrayList { table["a"], $"{Runs:D2}" };
            foreach (object item in list)
            {
                log.Append(item).Append(' ');
            }

            try
            {
                throw new ObjectDisposedException("gone");
            }
            catch (SystemException e) when (e.Message == "gone")
            {
                log.Append(e is InvalidOperationException ? "differs" : "same");
            }

            int letters = 0;
            foreach (char letter in "abc")
            {
                letters += letter == 'b' ? 1 : 0;
            }

            Trace = log.Append(' ').Append(letters).ToString();
        }

        private static void Worker(AutoResetEvent signal)
        {
            try
            {
                lock (CleanData.Gate)
                {
                    s_fault = 0;
                }

                signal.Set();
            }
            catch (Exception)
            {
                s_fault = 2;
            }
        }
    }

    /// <summary>Statics with initialisers, apart from the entries' own.</summary>
    internal static class CleanData
    {
        internal static readonly byte[] Pattern = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
        internal static readonly object Gate = new object();
    }
}
