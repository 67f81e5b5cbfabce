namespace Shop.Accounts;

/// <summary>
/// Who may send a member virtual gifts (DW-17). all: everybody, also people who are signed out. registered: who is signed in. named: the people on the
/// member's own list. nobody: nobody. Where the site knows trust groups, they become one more word here and one more case of
/// <c>VirtualGiftItem.Unwelcome</c>.
/// </summary>
public enum VirtualGiftSenders { All, Registered, Circle, Named, Nobody }

/// <summary>What a member says about virtual gifts; a member without such a row takes them from everybody, named or not.</summary>
public sealed class VirtualGiftWish
{
    public required long MemberId { get; init; }

    public required VirtualGiftSenders Senders { get; init; }

    /// <summary>Gifts whose giver stays unnamed are taken.</summary>
    public required bool Unnamed { get; init; }
}

/// <summary>Somebody on a member's list of those who may send virtual gifts; asked only while the member's word is <see cref="VirtualGiftSenders.Named"/>.</summary>
public sealed class NamedSender
{
    /// <summary>Whose list it is.</summary>
    public required long MemberId { get; init; }

    public required long SenderId { get; init; }

    public required DateTimeOffset Since { get; init; }
}
