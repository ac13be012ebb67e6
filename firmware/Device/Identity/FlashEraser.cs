using System;
using System.IO;
using BodyCam.Firmware.Boards;

namespace BodyCam.Firmware.Storage
{
    /// <summary>Overwrites and removes every file on <c>I:</c>. A power cut in between is made good at the next boot: a mark is written first and goes last.</summary>
    /// <remarks>littlefs writes anew instead of over: old pages may survive on the chip until they are used again. Before a board leaves the house, erase the chip (nanoff --masserase).</remarks>
    public static class FlashEraser
    {
        private const string MarkPath = "I:\\reset.go";
        private const int PieceBytes = 512;
        private const int RoundsMax = 3;

        // Keys first.
        private static readonly string[] s_first = { "I:\\client.key", DeviceState.FilePath, Provisioning.FilePath, "I:\\bodycam.new" };

        /// <summary>True when an erasure was begun and not finished.</summary>
        public static bool IsUnfinished
        {
            get
            {
                try
                {
                    return File.Exists(MarkPath);
                }
                catch (Exception)
                {
                    return false;
                }
            }
        }

        /// <summary>Erases everything; tries three times what refuses.</summary>
        /// <returns>True when nothing is left.</returns>
        public static bool Erase()
        {
            for (int round = 0; round < RoundsMax; round++)
            {
                try
                {
                    File.WriteAllBytes(MarkPath, new byte[1]);
                    for (int i = 0; i < s_first.Length; i++)
                    {
                        Remove(s_first[i]);
                    }

                    string[] files = Directory.GetFiles("I:\\");
                    for (int i = 0; i < files.Length; i++)
                    {
                        if (files[i] != MarkPath)
                        {
                            Remove(files[i]);
                        }
                    }

                    File.Delete(MarkPath);
                    return true;
                }
                catch (Exception)
                {
                    SystemClock.Sleep(1000);
                }
            }

            return false;
        }

        private static void Remove(string path)
        {
            if (!File.Exists(path))
            {
                return;
            }

            FileStream file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            try
            {
                byte[] zeros = new byte[PieceBytes];
                for (long left = file.Length; left > 0; left -= PieceBytes)
                {
                    file.Write(zeros, 0, left > PieceBytes ? PieceBytes : (int)left);
                }

                file.Flush();
            }
            finally
            {
                file.Close();
            }

            File.Delete(path);
        }
    }
}
