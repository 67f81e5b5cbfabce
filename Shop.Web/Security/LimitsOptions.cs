using System.ComponentModel.DataAnnotations;

namespace Shop.Web.Security;

internal sealed record LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Limits per network address. Those per account, order, key and code always hold.</summary>
    public Switch PerAddress { get; set; } = Switch.On;

    /// <summary>Requests of members' management pages that run at once on a node, each with two connections to the database at most (MZ-63).</summary>
    [Range(1, 1000)]
    public int AccountAtOnce { get; set; } = 16;

    /// <summary>The same for the staff's desk.</summary>
    [Range(1, 1000)]
    public int StaffAtOnce { get; set; } = 8;

    /// <summary>The same for the interfaces of other services.</summary>
    [Range(1, 1000)]
    public int ApiAtOnce { get; set; } = 16;

    /// <summary>Requests that wait for the payment of an order at once on a node; beyond it they are answered without waiting.</summary>
    [Range(1, 10_000)]
    public int OrderWaitsAtOnce { get; set; } = 64;
}

internal enum Switch { On, Off }
