namespace Shop.Web.Security;

internal sealed record LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Limits per network address. Those per account, order, key and code always hold.</summary>
    public Switch PerAddress { get; set; } = Switch.On;
}

internal enum Switch { On, Off }
