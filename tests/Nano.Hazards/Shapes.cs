namespace BodyCam.Hazards
{
    public class GenericType<T>
    {
        public T Value;
    }

    public class GenericMethod
    {
        public static int Count<T>(T item) => 1;
    }

    public class GenericUse
    {
        public static int Call() => GenericMethod.Count(1);
    }

    public class Table
    {
        public static int Cell(int row)
        {
            var cells = new int[2, 3];
            return cells[row, 1];
        }
    }

    public class StackAllocation
    {
        public static unsafe int Sum(int n)
        {
            byte* bytes = stackalloc byte[16];
            return bytes[n];
        }
    }
}
