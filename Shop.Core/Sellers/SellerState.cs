namespace Shop.Core;

/// <summary>Where a seller stands. active: sells. paused: sells nothing, and what runs goes on. closed: for good; nothing is sold, and its keys open nothing.</summary>
public enum SellerState { Active, Paused, Closed }

/// <summary>The legal changes of a seller.</summary>
public static class SellerStates
{
    public static StateTable<SellerState> Table { get; } = new(
        born: [SellerState.Active],
        pairs:
        [
            (SellerState.Active, SellerState.Paused), (SellerState.Paused, SellerState.Active),
            (SellerState.Active, SellerState.Closed), (SellerState.Paused, SellerState.Closed),
        ]);
}
