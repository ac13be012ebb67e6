namespace BodyCam.VirtualBoard;

/// <summary>The commands that begin with <c>card</c>.</summary>
internal static class CardCommands
{
    private const string Allowed = "full, room, out, in, swap FOLDER, snapshot FOLDER, restore FOLDER, slow FACTOR, sync-fails on|off, read-errors COUNT, rot PATH OFFSET";

    internal static Action<Board> Parse(Words words)
    {
        switch (words.Next())
        {
            case "full":
                return board => board.Card.SetFull(true);
            case "room":
                return board => board.Card.SetFull(false);
            case "out":
                return board => board.Card.Remove();
            case "in":
                return board => board.Card.Insert();
            case "swap":
                string other = words.Path();
                return board =>
                {
                    if (board.Card.IsInserted) board.Card.Remove();
                    board.Card.Insert(other);
                };
            case "snapshot":
                string to = words.Path();
                return board => board.Card.Snapshot(to);
            case "restore":
                string from = words.Path();
                return board => board.Card.Restore(from);
            case "slow":
                int factor = words.Number(1, 1000);
                return board => board.Card.SlowFactor = factor;
            case "sync-fails":
                return words.Choose(("on", board => board.Card.SyncFails = true), ("off", board => board.Card.SyncFails = false));
            case "read-errors":
                int count = words.Number(0, int.MaxValue);
                return board => board.Card.FailReads(count);
            case "rot":
                string path = words.Next(keepCase: true);
                int offset = words.Number(0, int.MaxValue);
                return board => board.Card.RotByte(path, offset);
            default:
                throw words.Unknown(Allowed);
        }
    }
}
