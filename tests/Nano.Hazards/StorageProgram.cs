using System;
using System.IO;
using System.Text;
using nanoFramework.System.IO.FileSystem;

namespace BodyCam.Hazards
{
    /// <summary>Meets the share rules of the card and of the internal flash; what happened lies in Log.</summary>
    public class StorageProgram
    {
        public static StringBuilder Log;
        public static string Failure;
        public static bool Done;

        public static void Main()
        {
            try
            {
                Log = new StringBuilder();
                new SDCard(new SDCardMmcParameters { dataWidth = SDDataWidth._1_bit }).Mount();
                var writer = new FileStream("D:\\a.mkv", FileMode.CreateNew, FileAccess.Write, FileShare.Read);
                writer.Write(new byte[] { 1, 2, 3, 4 }, 0, 4);
                writer.Flush();
                Log.Append(Fails(0)).Append(' ');
                var reader = new FileStream("D:\\a.mkv", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var back = new byte[8];
                reader.Seek(1, SeekOrigin.Begin);
                Log.Append(reader.Read(back, 0, 8)).Append(back[0]).Append(' ');
                reader.Close();
                Log.Append(Fails(1)).Append(' ');
                writer.Close();
                File.WriteAllText("D:\\b.txt", "b");
                Log.Append(Fails(1)).Append(' ').Append(Fails(2)).Append(' ').Append(Directory.GetFiles("D:\\").Length);
                Log.Append(' ').Append(new DriveInfo("D:\\").TotalSize);
            }
            catch (Exception e)
            {
                Failure = e.Message;
            }

            Done = true;
        }

        // True when the attempt throws: 0 OpenRead beside a writer, 1 Move onto or of an open file, 2 Read into a SpanByte.
        private static bool Fails(int attempt)
        {
            try
            {
                if (attempt == 0)
                {
                    File.OpenRead("D:\\a.mkv").Close();
                }
                else if (attempt == 1)
                {
                    File.Move("D:\\a.mkv", "D:\\b.txt");
                }
                else
                {
                    using (var file = new FileStream("D:\\a.mkv", FileMode.Open, FileAccess.Read))
                    {
                        file.Read(new SpanByte(new byte[4]));
                    }
                }

                return false;
            }
            catch (IOException)
            {
                return true;
            }
            catch (NotImplementedException)
            {
                return true;
            }
        }
    }
}
