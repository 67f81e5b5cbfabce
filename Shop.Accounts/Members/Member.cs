using Microsoft.AspNetCore.Identity;

namespace Shop.Accounts;

/// <summary>Who has an account on the site: a person who signs in, or a community that somebody maintains.</summary>
public sealed class Member : IdentityUser<long>
{
    public AccountKind Kind { get; init; } = AccountKind.Personal;

    public AccountStatus Status { get; private set; } = AccountStatus.Visible;

    /// <summary>When the account was made, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>IANA name of the zone the member reads times in; null: the site's.</summary>
    public string? TimeZone { get; set; }

    /// <summary>The code it was made with; what became of it is a <see cref="SignUpCodeUse"/>.</summary>
    public long? SignUpCodeId { get; init; }

    /// <summary>Gifts of people who are not signed in are refused.</summary>
    public bool GiftsFromMembersOnly { get; private set; }

    /// <summary>When somebody last signed in to it on a device that had not been used for it before; null: never, or only when it was made.</summary>
    public DateTimeOffset? StrangeSignInAt { get; private set; }

    /// <summary>Since when the member wants no reminders by mail; null: they are wanted. Receipts come always.</summary>
    public DateTimeOffset? RemindersOffAt { get; private set; }

    /// <summary>BCP 47 language the member reads; null: the browser's.</summary>
    public string? Culture { get; set; }
}

/// <summary>A person, a community that somebody maintains, or a buyer whom only a seller knows: it stands for a person who has not signed in here.</summary>
public enum AccountKind { Personal, Community, Buyer }

/// <summary>Suspended and deleted accounts keep their rows, for books and for gifts that were on their way; purged names are nobody's.</summary>
public enum AccountStatus { Visible, Suspended, Deleted, Purged }
