using System.Globalization;

namespace Shop.Faults.Tests;

/// <summary>Numbers of the environment that make a run larger, or repeat one.</summary>
internal static class Numbers
{
    public static int? Of(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
