namespace Shop.Accounts;

/// <summary>One element of the data-protection key ring: every node reads the same ring from the database.</summary>
public sealed class KeyRingEntry
{
    public long Id { get; private set; }

    public required string FriendlyName { get; init; }

    public required string Xml { get; init; }
}
