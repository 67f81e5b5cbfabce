namespace Shop.Faults.Tests;

/// <summary>Tests in which crowds meet, or which hold the machine's disk: they run by themselves, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
