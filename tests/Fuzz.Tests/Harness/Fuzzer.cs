using System.Diagnostics;
using System.Globalization;

namespace BodyCam.Fuzz.Tests.Harness;

/// <summary>What a run came to.</summary>
/// <param name="Rounds">Inputs tried.</param>
/// <param name="Accepted">Of them taken by the parser.</param>
/// <param name="PerByteMax">Most bytes allocated for a byte of input above the constant, as measured.</param>
/// <param name="BytesMax">Most bytes allocated in one parse.</param>
internal sealed record FuzzReport(long Rounds, long Accepted, double PerByteMax, long BytesMax);

/// <summary>A finding: what was broken, with all that replays it.</summary>
internal sealed class FuzzException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Feeds mutated inputs to one parser on a thread of its own and holds it to time and memory.</summary>
internal static class Fuzzer
{
    /// <summary>One parse may take this long on a busy machine; an endless one never ends at all.</summary>
    private static readonly TimeSpan hangAfter = TimeSpan.FromSeconds(20);

    /// <summary>Accepted mutations that further ones start from, beside the corpus.</summary>
    private const int LearnedMax = 256;

    private const int ShownBytesMax = 2048;

    /// <summary>Seed of this run: <c>BODYCAM_FUZZ_SEED</c>, or a new one each time.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("BODYCAM_FUZZ_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed : Random.Shared.Next();

    /// <summary>Runs for this long, or this many rounds when <c>BODYCAM_FUZZ_ROUNDS</c> says so.</summary>
    /// <exception cref="FuzzException">An input broke the parser's promise.</exception>
    public static FuzzReport Run(FuzzTarget target, TimeSpan duration)
    {
        var run = new State(target);
        var thread = new Thread(() => run.Work(duration), 1024 * 1024) { IsBackground = true, Name = target.Name };
        thread.Start();
        long seen = -1;
        while (!thread.Join(hangAfter))
        {
            long rounds = Interlocked.Read(ref run.Round);
            if (rounds == seen)
                throw run.Finding($"no answer within {hangAfter.TotalSeconds} s");
            seen = rounds;
        }

        return run.Failure is null ? run.Report : throw run.Failure;
    }

    private sealed class State(FuzzTarget target)
    {
        private readonly List<byte[]> inputs = [.. target.Corpus, .. target.Hostile];
        private byte[] current = [];
        private long accepted;
        private double perByteMax;
        private long bytesMax;

        public long Round;

        public Exception? Failure { get; private set; }

        public FuzzReport Report => new(Round, accepted, perByteMax, bytesMax);

        public FuzzException Finding(string what, Exception? inner = null) => new(
            $"{target.Name}: {what}. Replay: BODYCAM_FUZZ_SEED={Seed}, round {Round}. Input of {current.Length} bytes: {Convert.ToHexString(current.AsSpan(0, Math.Min(current.Length, ShownBytesMax)))}{(current.Length > ShownBytesMax ? "…" : "")}", inner);

        public void Work(TimeSpan duration)
        {
            try
            {
                // Twice, so that what is made once for all (tables, serializers) is there before the measuring begins.
                foreach (byte[] input in target.Corpus.Concat(target.Corpus))
                {
                    current = input;
                    if (target.Parse(input) is not { } made || !target.Check(input, made))
                        throw Finding("an input of the corpus is refused");
                }

                foreach (byte[] input in target.Hostile.Concat(target.Hostile))
                    Try(input);
                var random = new Random(HashCode.Combine(Seed, 1) ^ target.Name.Aggregate(17, static (sum, letter) => unchecked((sum * 31) + letter)));
                var mutator = new Mutator(random, target);
                var clock = Stopwatch.StartNew();
                int learned = inputs.Count;
                for (Interlocked.Increment(ref Round); clock.Elapsed < duration; Interlocked.Increment(ref Round))
                {
                    byte[] input = mutator.Next(inputs);
                    if (!Try(input))
                        continue;
                    accepted++;
                    if (inputs.Count < learned + LearnedMax)
                        inputs.Add(input);
                    else
                        inputs[learned + random.Next(LearnedMax)] = input;
                }
            }
            catch (FuzzException finding)
            {
                Failure = finding;
            }
            catch (Exception exception)
            {
                Failure = Finding($"{exception.GetType().Name}: {exception.Message}", exception);
            }
        }

        private bool Try(byte[] input)
        {
            current = input;
            object? made;
            long bytes;
            bool taken;
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                made = target.Parse(input);
                bytes = GC.GetAllocatedBytesForCurrentThread() - before;
                taken = made is not null && target.Check(input, made);
            }
            catch (Exception exception)
            {
                throw Finding($"{exception.GetType().Name}: {exception.Message}", exception);
            }

            bytesMax = Math.Max(bytesMax, bytes);
            if (input.Length > 0)
                perByteMax = Math.Max(perByteMax, (bytes - target.AllocatedMax) / (double)input.Length);
            if (bytes > target.AllocatedMax + ((long)target.AllocatedPerByte * input.Length))
                throw Finding($"{bytes} bytes were allocated; the ceiling is {target.AllocatedMax} and {target.AllocatedPerByte} for each byte of input");
            return taken;
        }
    }
}
