namespace Shop.Core;

/// <summary>Something of which there is only so much: stock, a coupon. The schema keeps the counter within its bounds.</summary>
public sealed class Limit
{
    public long Id { get; private set; }

    public required string Code { get; init; }

    public required long MaxUses { get; init; }

    public long Used { get; private set; }
}

/// <summary>One use of a limit by an order; released when its attempt ends without money.</summary>
public sealed class LimitUse
{
    public required long LimitId { get; init; }

    public required long OrderId { get; init; }

    public bool Released { get; private set; }
}
