using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Shop.Accounts;
using Shop.Core;

namespace Shop.Web.Security;

/// <summary>One counted try. A refused one left no row: knocking on a locked door does not keep it locked.</summary>
internal sealed record Try(bool Refused, string Action, string NameHash, string AddressHash);

/// <summary>Why a try was refused: too many under the name, or too many from the address.</summary>
internal enum TooMany { No, ForName, ForAddress }

/// <summary>
/// Limits on guessing and on mails asked for (security.md section 4), counted from rows, so that they hold on every node. Names are stored
/// hashed, and names that nobody has are counted like the others.
/// </summary>
internal sealed class Tries(Writes writes, ClientAddress address, ILookupNormalizer normalizer, TimeProvider clock)
{
    public const string SignIn = "sign_in";
    public const string Register = "register";
    public const string Reset = "reset";
    public const string Confirm = "confirm";
    public const string Receipts = "receipts";
    public const string Code = "code";
    public const string Promotion = "promotion";
    public const string GiftCode = "gift_code";
    public const string SecondStep = "second_step";

    private const int LockAfter = 5;
    private const int AddressSignIns = 30;
    private const int PairSignIns = 10;
    private const int NameMails = 3;
    private const int AddressMails = 10;
    private const int AddressCodes = 10;
    private const int AccountCodes = 20;
    private const int SecondSteps = 5;
    private const int SecondStepsInADay = 20;

    private static readonly TimeSpan Lock = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan BetweenGuesses = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Counts a sign-in before the password is looked at. A known device passes the lock of the account, not that of the pair.</summary>
    public async Task<Try> SignInAsync(HttpContext context, string name, bool knownDevice, CancellationToken cancellationToken)
    {
        var (row, limited) = Row(context, SignIn, name);
        var refused = await CountAsync(row, (db, id, token) => IsLockedAsync(db, row, id, knownDevice, limited, token), locked => locked, cancellationToken);
        return new Try(refused, SignIn, row.NameHash, row.AddressHash);
    }

    /// <summary>After the right password: the pair starts from nothing again.</summary>
    public Task SucceededAsync(Try success, CancellationToken cancellationToken) =>
        writes.RunAsync(
            (unit, token) => SignInFailures.ForgetPairAsync(unit.Db, success.Action, success.NameHash, success.AddressHash, token), cancellationToken);

    /// <summary>Counts something that sends a mail: a registration, a reset, another confirmation.</summary>
    public async Task<TooMany> MailAsync(HttpContext context, string action, string email, CancellationToken cancellationToken)
    {
        var (row, limited) = Row(context, action, email);
        return await CountAsync(row, (db, id, token) => TooManyAsync(db, row, id, limited, token), limit => limit != TooMany.No, cancellationToken);
    }

    /// <summary>Counts a guess at something secret or public; null: the one before from this network address was just now. A right one is taken back by <see cref="SucceededAsync"/>.</summary>
    public async Task<Try?> GuessAsync(HttpContext context, string action, string guess, CancellationToken cancellationToken)
    {
        var (row, limited) = Row(context, action, guess);
        var refused = await CountAsync(
            row,
            async (db, id, token) => limited && await SignInFailures.CountForAddressAsync(db, action, row.AddressHash, id, row.At - BetweenGuesses, token) > 0,
            tooSoon => tooSoon,
            cancellationToken);
        return refused ? null : new Try(false, action, row.NameHash, row.AddressHash);
    }

    /// <summary>
    /// Counts a promotion code that is typed, for the account or the cart and for the network address; null: too many wrong ones. A code that was no wrong one is
    /// taken back by <see cref="ForgetAsync"/>.
    /// </summary>
    public async Task<long?> PromotionAsync(HttpContext context, string buyer, CancellationToken cancellationToken)
    {
        var (row, limited) = Row(context, Promotion, buyer);
        var refused = await CountAsync(
            row,
            (db, id, token) => TooManyCodesAsync(db, row, id, limited, isNamed: true, token),
            tooMany => tooMany,
            cancellationToken);
        return refused ? null : row.Id;
    }

    /// <summary>Whether the code of a gift may be tried: not after many wrong ones of the account or from the network address. Changes nothing.</summary>
    public async Task<bool> MayTryGiftCodeAsync(HttpContext context, long? memberId, CancellationToken cancellationToken)
    {
        var (row, limited) = Row(context, GiftCode, Name(memberId));
        return !await writes.ReadAsync((db, token) => TooManyCodesAsync(db, row, long.MaxValue, limited, memberId is not null, token), cancellationToken);
    }

    /// <summary>Counts a code that is no gift's.</summary>
    public Task WrongGiftCodeAsync(HttpContext context, long? memberId, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => SignInFailures.AddAsync(unit.Db, Row(context, GiftCode, Name(memberId)).Row, token), cancellationToken);

    /// <summary>Counts a code of the second step before it is looked at; null: too many wrong ones for the account. A right one is taken back by <see cref="ForgetAsync"/>.</summary>
    public async Task<long?> SecondStepAsync(HttpContext context, long memberId, CancellationToken cancellationToken)
    {
        var (row, _) = Row(context, SecondStep, Name(memberId));
        var refused = await CountAsync(
            row,
            async (db, id, token) => await SignInFailures.CountForNameAsync(db, SecondStep, row.NameHash, id, row.At - Lock, token) >= SecondSteps
                || await SignInFailures.CountForNameAsync(db, SecondStep, row.NameHash, id, row.At - Day, token) >= SecondStepsInADay,
            tooMany => tooMany,
            cancellationToken);
        return refused ? null : row.Id;
    }

    public Task ForgetAsync(long row, CancellationToken cancellationToken) =>
        writes.RunAsync((unit, token) => SignInFailures.ForgetAsync(unit.Db, row, token), cancellationToken);

    /// <summary>The row is committed before it is counted, so of many at once only as many as the limit allows find too few before them.</summary>
    private async Task<T> CountAsync<T>(
        SignInFailure row, Func<AccountsDbContext, long, CancellationToken, Task<T>> judge, Func<T, bool> isRefused, CancellationToken cancellationToken)
    {
        var id = await writes.RunAsync((unit, token) => SignInFailures.AddAsync(unit.Db, row, token), cancellationToken);
        var verdict = await writes.ReadAsync((db, token) => judge(db, id, token), cancellationToken);
        if (isRefused(verdict))
        {
            await writes.RunAsync((unit, token) => SignInFailures.ForgetAsync(unit.Db, id, token), CancellationToken.None);
        }

        return verdict;
    }

    /// <summary>Ten from an address in an hour, twenty of an account in a day; who is signed out has no name of their own to be counted by.</summary>
    private static async Task<bool> TooManyCodesAsync(
        AccountsDbContext db, SignInFailure row, long before, bool limited, bool isNamed, CancellationToken cancellationToken) =>
        (limited && await SignInFailures.CountForAddressAsync(db, row.Action, row.AddressHash, before, row.At - Hour, cancellationToken) >= AddressCodes)
        || (isNamed && await SignInFailures.CountForNameAsync(db, row.Action, row.NameHash, before, row.At - Day, cancellationToken) >= AccountCodes);

    private static string Name(long? memberId) => string.Create(CultureInfo.InvariantCulture, $"member:{memberId}");

    private static async Task<TooMany> TooManyAsync(AccountsDbContext db, SignInFailure row, long id, bool limited, CancellationToken cancellationToken)
    {
        var since = row.At - Hour;
        if (limited && await SignInFailures.CountForAddressAsync(db, row.Action, row.AddressHash, id, since, cancellationToken) >= AddressMails)
        {
            return TooMany.ForAddress;
        }

        return await SignInFailures.CountForNameAsync(db, row.Action, row.NameHash, id, since, cancellationToken) >= NameMails ? TooMany.ForName : TooMany.No;
    }

    private static async Task<bool> IsLockedAsync(
        AccountsDbContext db, SignInFailure row, long id, bool knownDevice, bool limited, CancellationToken cancellationToken)
    {
        if (limited && await SignInFailures.CountForAddressAsync(db, SignIn, row.AddressHash, id, row.At - Lock, cancellationToken) >= AddressSignIns)
        {
            return true;
        }

        if (await SignInFailures.CountForPairAsync(db, SignIn, row.NameHash, row.AddressHash, id, row.At - Hour, cancellationToken) >= PairSignIns)
        {
            return true;
        }

        // five wrong ones within the time of the lock, of which the last is not older than it: the lock runs from the fifth
        var latest = await SignInFailures.LatestAsync(db, SignIn, row.NameHash, id, row.At - (2 * Lock), LockAfter, cancellationToken);
        return !knownDevice && latest.Count == LockAfter && latest[0] > row.At - Lock && latest[^1] > latest[0] - Lock;
    }

    private (SignInFailure Row, bool Limited) Row(HttpContext context, string action, string name) =>
        (new SignInFailure
        {
            Action = action,
            NameHash = Codes.Hash(normalizer.NormalizeName(name) ?? ""),
            AddressHash = ClientAddress.Hash(context),
            At = clock.GetUtcNow(),
        },
        address.IsLimited(context));
}
