namespace Shop.Accounts;

/// <summary>The rows of the data-protection key ring. Synchronous, because the framework asks for it that way, and rarely.</summary>
public static class KeyRing
{
    public static IReadOnlyList<string> Read(AccountsDbContext db) => [.. db.KeyRing.OrderBy(e => e.Id).Select(e => e.Xml)];

    public static void Add(AccountsDbContext db, string friendlyName, string xml)
    {
        db.KeyRing.Add(new KeyRingEntry { FriendlyName = friendlyName, Xml = xml });
        db.SaveChanges();
    }
}
