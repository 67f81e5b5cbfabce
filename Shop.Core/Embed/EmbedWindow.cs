namespace Shop.Core;

/// <summary>
/// A window of the shop's own that a frame on a seller's page opened, for what no click in a frame may do: signing in, kept methods, points. The frame learns
/// from it which order was placed there.
/// </summary>
public sealed class EmbedWindow
{
    public long Id { get; private set; }

    /// <summary>SHA-256 of the frame's own key, as orders and carts have it.</summary>
    public required string SessionHash { get; init; }

    public required long ProductId { get; init; }

    /// <summary>SHA-256 of the token that leads from the frame to the window, once.</summary>
    public required string TokenHash { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Until when the token leads there.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }

    /// <summary>SHA-256 of the window's own key, which its cookie holds; null until the token was used.</summary>
    public string? KeyHash { get; init; }

    /// <summary>The order that was placed in the window; null: none yet.</summary>
    public long? OrderId { get; init; }
}
