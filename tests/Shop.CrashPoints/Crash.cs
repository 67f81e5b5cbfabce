using System.Diagnostics;
#if CRASH_POINTS
using System.Globalization;
using System.Runtime.InteropServices;
#endif

namespace Shop;

/// <summary>
/// Places where a test build ends itself as a power cut would, without a chance to tidy up (scenarios.md, K). Which one is armed says
/// <c>SHOP_CRASH_POINT</c>, or the file that <c>SHOP_CRASH_FILE</c> names, which may change while the process runs: <c>K4</c>, or <c>K4:2</c>
/// for the second passing. <c>=K9</c> holds there instead whoever comes first, and nobody else, until the file says something else: so one loop hangs
/// while the others of its process go on, and it hangs where it holds no lock.
/// </summary>
public static class Crash
{
    /// <summary>Ends the process here if this point is armed. Every other build contains no call of it.</summary>
    [Conditional("CRASH_POINTS")]
    public static void Point(string name)
    {
#if CRASH_POINTS
        if (Armed() == "=" + name && Interlocked.Exchange(ref held, 1) == 0)
        {
            Console.Error.WriteLine($"Held at {name}");
            Console.Error.Flush();
            using var nobody = new ManualResetEventSlim();
            while (Armed() == "=" + name)
            {
                nobody.Wait(Often);
            }

            held = 0;
        }

        if (IsDue(name))
        {
            Console.Error.WriteLine($"Killed at {name}");
            Console.Error.Flush();
            _ = Kill(Environment.ProcessId, 9);
        }
#endif
    }

#if CRASH_POINTS
    private static readonly string? Fixed = Environment.GetEnvironmentVariable("SHOP_CRASH_POINT");
    private static readonly string? File = Environment.GetEnvironmentVariable("SHOP_CRASH_FILE");
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(5);
    private static int passings;
    private static int held;

    // whoever writes the file replaces it whole and never takes it away
    private static string? Armed() => File is not null && System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File) : Fixed;

    private static bool IsDue(string name)
    {
        var parts = Armed()?.Split(':');
        return parts?[0] == name && (parts.Length == 1 || Interlocked.Increment(ref passings) == int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
#endif
}
