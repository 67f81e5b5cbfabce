using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>A kept method as its owner sees it.</summary>
public sealed record SavedMethodView(string Handle, string Provider, string Brand, string? Last4, DateOnly? ExpiresOn, bool IsExpired, bool IsDefault)
{
    /// <summary>Entered at a seller before its owner signed in: it pays what it pays and can be removed, and buys nothing else.</summary>
    public bool PaysOnly { get; init; }
}

/// <summary>A provider at which methods can be kept.</summary>
public sealed record SavingProvider(string Provider, string Name);

/// <summary>What became of keeping a method without buying.</summary>
public abstract record SetupResult
{
    private SetupResult() { }

    /// <summary>There is no such setup of this member, or the provider keeps no methods.</summary>
    public sealed record NotFound : SetupResult;

    /// <summary>Too many tries in a short time.</summary>
    public sealed record TooMany : SetupResult;

    /// <summary>The member must do something at the provider.</summary>
    public sealed record Act(Guid Setup, string Provider, BuyerAction Action) : SetupResult;

    public sealed record Saved(SavedMethodView Method) : SetupResult;

    public sealed record Declined(DeclineReason Reason) : SetupResult;

    /// <summary>The provider did not answer: ask again.</summary>
    public sealed record Unknown(Guid Setup) : SetupResult;
}

/// <summary>What became of keeping a method from a token.</summary>
internal abstract record BringResult
{
    private BringResult() { }

    /// <param name="EnteredAt">When the token first came here: so old is what the buyer did.</param>
    public sealed record Kept(long MethodId, DateTimeOffset EnteredAt) : BringResult;

    public sealed record Declined : BringResult;

    public sealed record TooMany : BringResult;

    /// <summary>The provider did not answer: the same may be sent again.</summary>
    public sealed record Unknown : BringResult;
}

public enum ForgetResult
{
    /// <summary>Nothing is charged by it any more, and the provider is told.</summary>
    Forgotten,

    NotFound,

    /// <summary>A payment with it is under way.</summary>
    InUse,

    /// <summary>Subscriptions are charged by it, and nobody has said what becomes of them (MZ-58).</summary>
    Renewing,

    /// <summary>The method that is to take its place is not there, or cannot be charged while its owner is away.</summary>
    NoReplacement,
}

/// <summary>
/// The cards and accounts that members have kept at providers. The shop holds a handle of its own and what is shown; the provider's ids never leave it, and every
/// question is asked with the member's own customer id (docs/adr/0021).
/// </summary>
public sealed partial class SavedMethods(
    Writes writes, PaymentGateway gateway, PaymentProviders providers, ShopLinks links, TimeProvider clock, Wake wake, ILogger<SavedMethods> log)
{
    /// <summary>The version of the sentences by which members agree to keep a method. Changed with them.</summary>
    public const int ConsentVersion = 1;

    private const int SetupsInAnHour = 10;

    /// <summary>Whether a provider keeps methods and is offered.</summary>
    public bool Saves(string? provider) => provider is not null && Offered(provider) && gateway.CanSave(new ProviderId(provider));

    /// <summary>Whether a provider keeps methods and charges them while their owner is away.</summary>
    public bool Renews(string? provider) => Saves(provider) && providers.Find(new ProviderId(provider!))?.Capabilities.OffSession == true;

    /// <summary>Where methods can be kept.</summary>
    public IReadOnlyList<SavingProvider> Providers =>
        [.. providers.Offered.Where(p => gateway.CanSave(p.Id)).Select(p => new SavingProvider(p.Id.Value, p.Capabilities.DisplayName))];

    /// <summary>The methods a member can use or look at, the usual one first. Those of a provider that is gone, or in its other mode, are left out.</summary>
    public async Task<IReadOnlyList<SavedMethodView>> ListAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var rows = await db.StoredMethods.AsNoTracking().Where(m => m.MemberId == memberId && m.ForgottenAt == null).ToListAsync(cancellationToken);
        var usable = rows.Where(m => gateway.CanSave(new ProviderId(m.Provider)) && m.Mode == Mode(m.Provider))
            .OrderByDescending(m => m.DefaultAt ?? DateTimeOffset.MinValue).ThenByDescending(m => m.Id).ToList();
        var today = Today;
        return [.. usable.Select((m, i) => View(m, today, isDefault: i == 0))];
    }

    /// <summary>All that a member may look at and remove: what they can use, and after it what pays their sellers' subscriptions since before they signed in.</summary>
    public async Task<IReadOnlyList<SavedMethodView>> KeptAsync(ShopDbContext db, long memberId, CancellationToken cancellationToken)
    {
        var pays = await Of(db, memberId).AsNoTracking()
            .Where(m => m.MemberId != memberId && m.ForgottenAt == null && db.Subscriptions.Any(s => s.MethodId == m.Id && s.MemberId == memberId))
            .OrderByDescending(m => m.Id).ToListAsync(cancellationToken);
        return [.. await ListAsync(db, memberId, cancellationToken), .. pays.Select(m => View(m, Today, isDefault: false) with { PaysOnly = true })];
    }

    /// <summary>A member's methods, with those that were entered at sellers before they signed in.</summary>
    internal static IQueryable<StoredMethod> Of(ShopDbContext db, long memberId)
    {
        var before = SellerBuyers.Placeholders(db, memberId);
        return db.StoredMethods.Where(m => m.MemberId == memberId || before.Contains(m.MemberId));
    }

    /// <summary>The member's own method; null also for one of somebody else.</summary>
    /// <param name="memberId">Whose it is.</param>
    /// <param name="handle">Which it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="orderId">What it is to pay: a subscription's own method pays that, whoever entered it.</param>
    internal async Task<StoredMethod?> FindAsync(long? memberId, string handle, CancellationToken cancellationToken, long? orderId = null)
    {
        var own = await writes.ReadAsync(
            (db, token) => db.StoredMethods.AsNoTracking().FirstOrDefaultAsync(
                m => m.Handle == handle && m.ForgottenAt == null
                    && (m.MemberId == memberId
                        || (orderId != null && db.Subscriptions.Any(s => s.MethodId == m.Id && s.MemberId == memberId && db.SubscriptionPeriods.Any(p => p.SubscriptionId == s.Id && p.OrderId == orderId)))),
                token),
            cancellationToken);
        return own is not null && own.Mode == Mode(own.Provider) ? own : null;
    }

    internal bool IsExpired(StoredMethod method) => method.ExpiresOn < Today;

    public async Task<bool> MakeDefaultAsync(long memberId, string handle, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            (unit, token) => unit.Db.StoredMethods.Where(m => m.MemberId == memberId && m.Handle == handle && m.ForgottenAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(m => m.DefaultAt, now), token),
            cancellationToken) == 1;
    }

    /// <summary>Ours first, in one transaction with the order to the provider: from here on nothing is charged by it, whenever the provider hears of it.</summary>
    /// <param name="memberId">Whose it is.</param>
    /// <param name="handle">Which it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="replacement">The method that the subscriptions are charged by from now on.</param>
    /// <param name="ends">The subscriptions end with it.</param>
    public async Task<ForgetResult> ForgetAsync(long memberId, string handle, CancellationToken cancellationToken, string? replacement = null, bool ends = false)
    {
        var now = clock.GetUtcNow();
        var other = replacement is null ? null : await FindAsync(memberId, replacement, cancellationToken);
        if (replacement is not null && (other is null || other.Handle == handle || IsExpired(other) || !Renews(other.Provider)))
        {
            return ForgetResult.NoReplacement;
        }

        var result = await writes.RunAsync(
            async (unit, token) =>
            {
                var db = unit.Db;
                var own = Of(db, memberId).Where(m => m.Handle == handle && m.ForgottenAt == null);
                if (await own.Select(m => (long?)m.Id).FirstOrDefaultAsync(token) is not { } id)
                {
                    return ForgetResult.NotFound;
                }

                var charged = await db.Subscriptions.Where(s => s.MethodId == id && SubscriptionStates.Begun.Contains(s.State)).OrderBy(s => s.Id).Select(s => s.Id).ToListAsync(token);
                if (charged.Count > 0 && other is null && !ends)
                {
                    return ForgetResult.Renewing;
                }

                foreach (var subscription in charged)
                {
                    await LeaveAsync(unit, await SubscriptionBooking.LockAsync(db, subscription, token), other?.Id, now, token);
                }

                if (other is not null)
                {
                    await SubscriptionBooking.AgreeAsync(db, other.Id, now, token);
                }

                // takes the row: an attempt with it comes before, and is seen below, or finds it forgotten
                if (await own.ExecuteUpdateAsync(set => set.SetProperty(m => m.ForgottenAt, now), token) != 1)
                {
                    return unit.RollBack(ForgetResult.NotFound);
                }

                if (await db.PaymentAttempts.AnyAsync(a => a.SavedMethodId == id && AttemptStates.Open.Contains(a.State), token))
                {
                    return unit.RollBack(ForgetResult.InUse);
                }

                if (await db.Subscriptions.AnyAsync(s => s.MethodId == id && (s.State == SubscriptionState.Active || s.State == SubscriptionState.PastDue), token))
                {
                    return unit.RollBack(ForgetResult.Renewing); // one more since they were looked at
                }

                Outbox.Add(db, ForgetKey(id), OutboxKinds.ForgetMethod, new ForgetMethodMessage(id), now);
                await db.SaveChangesAsync(token);
                return ForgetResult.Forgotten;
            },
            cancellationToken);
        wake.Call();
        return result;
    }

    /// <summary>The key of the order to a provider to forget a method.</summary>
    internal static string ForgetKey(long methodId) => string.Create(CultureInfo.InvariantCulture, $"forget:{methodId}");

    /// <summary>
    /// Forgets a member's methods, in the caller's transaction and with its SaveChanges, but for those with which a payment is under way: to be called again then.
    /// </summary>
    internal static async Task ForgetAllAsync(ShopDbContext db, long memberId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var free = await Of(db, memberId)
            .Where(m => m.ForgottenAt == null && !db.PaymentAttempts.Any(a => a.SavedMethodId == m.Id && AttemptStates.Open.Contains(a.State)))
            .OrderBy(m => m.Id).Select(m => m.Id).ToListAsync(cancellationToken);
        foreach (var id in free)
        {
            await ForgetAsync(db, id, now, cancellationToken);
        }
    }

    private static async Task ForgetAsync(ShopDbContext db, long methodId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await db.StoredMethods.Where(m => m.Id == methodId && m.ForgottenAt == null).ExecuteUpdateAsync(set => set.SetProperty(m => m.ForgottenAt, now), cancellationToken);
        Outbox.Add(db, ForgetKey(methodId), OutboxKinds.ForgetMethod, new ForgetMethodMessage(methodId), now);
    }

    /// <summary>A subscription's method goes: another takes its place, or it ends with what is paid for.</summary>
    private static async Task LeaveAsync(WriteUnit unit, Subscription subscription, long? other, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (other is not null)
        {
            await SubscriptionBooking.ChangeAsync(unit.Db, subscription, subscription.State, set => set.SetProperty(s => s.MethodId, other), cancellationToken);
            await SubscriptionBooking.TellMethodAsync(unit.Db, subscription, other.Value, now, cancellationToken);
        }
        else if (subscription.State != SubscriptionState.Ending)
        {
            await Subscriptions.EndingAsync(unit, subscription, false, SubscriptionCancel.MethodRemoved, now, cancellationToken);
        }
    }

    /// <summary>Begins to keep a method without buying (ST-20). The row is there before the provider hears of it.</summary>
    /// <param name="memberId">Whose it will be.</param>
    /// <param name="provider">Where it is kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="sellerId">The seller whose program begins it.</param>
    public async Task<SetupResult> StartAsync(long memberId, string? provider, CancellationToken cancellationToken, long? sellerId = null)
    {
        if (!Saves(provider))
        {
            return new SetupResult.NotFound();
        }

        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var mode = Mode(provider!)!;
        var setup = await writes.RunAsync(
            async (unit, token) =>
            {
                if (await TooManyAsync(unit.Db, memberId, sellerId, now, token))
                {
                    return null;
                }

                var row = new MethodSetup
                {
                    Id = id,
                    MemberId = memberId,
                    SellerId = sellerId,
                    Provider = provider!,
                    Mode = mode,
                    IdemKey = $"{id:N}:setup",
                    CustomerId = await CustomerAsync(unit.Db, memberId, provider!, mode, token),
                    ConsentVersion = ConsentVersion,
                    CreatedAt = now,
                };
                unit.Db.MethodSetups.Add(row);
                await unit.Db.SaveChangesAsync(token);
                return row;
            },
            cancellationToken);
        return setup is null ? new SetupResult.TooMany() : await StartAtProviderAsync(setup, cancellationToken);
    }

    /// <summary>Keeps a method from a token that the member's browser got in the provider's fields elsewhere. The row is there before the provider hears of it.</summary>
    /// <param name="sellerId">The seller whose program brings it.</param>
    /// <param name="memberId">Whose it will be.</param>
    /// <param name="provider">Where it is kept.</param>
    /// <param name="setupId">The same for the same token, so that it is the same call at the provider.</param>
    /// <param name="single">The token.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task<BringResult> BringAsync(long sellerId, long memberId, string provider, Guid setupId, SingleUseToken single, CancellationToken cancellationToken)
    {
        var (now, mode) = (clock.GetUtcNow(), Mode(provider)!);
        var setup = await writes.RunAsync(
            async (unit, token) =>
            {
                if (await unit.Db.MethodSetups.AsNoTracking().FirstOrDefaultAsync(s => s.Id == setupId, token) is { } before)
                {
                    return before;
                }

                if (await TooManyAsync(unit.Db, memberId, sellerId, now, token))
                {
                    return null;
                }

                var row = new MethodSetup
                {
                    Id = setupId,
                    MemberId = memberId,
                    SellerId = sellerId,
                    Provider = provider,
                    Mode = mode,
                    IdemKey = $"{setupId:N}:attach",
                    CustomerId = await CustomerAsync(unit.Db, memberId, provider, mode, token),
                    ConsentVersion = ConsentVersion,
                    CreatedAt = now,
                };
                unit.Db.MethodSetups.Add(row);
                await unit.Db.SaveChangesAsync(token);
                return row;
            },
            cancellationToken);
        if (setup is null)
        {
            return new BringResult.TooMany();
        }

        if (setup.MemberId != memberId)
        {
            return new BringResult.Declined(); // somebody else's token
        }

        var email = await writes.ReadAsync((db, token) => db.Users.Where(m => m.Id == memberId).Select(m => m.Email).FirstOrDefaultAsync(token), cancellationToken);
        var payer = new Payer(AccountKey(memberId), email, setup.CustomerId is { } known ? new CustomerReference(known) : null);
        var request = new AttachMethod(payer, single, new IdempotencyKey(setup.IdemKey), links.Setup(setup.Id));
        var answer = await gateway.AttachAsync(new ProviderId(provider), setup.Id, request, cancellationToken, PaymentGateway.BuyersPatience);
        return await TakeInAsync(setup, answer) switch
        {
            SetupResult.Saved saved => new BringResult.Kept(await writes.ReadAsync(
                (db, token) => db.StoredMethods.Where(m => m.MemberId == memberId && m.Handle == saved.Method.Handle).Select(m => m.Id).FirstAsync(token), CancellationToken.None), setup.CreatedAt),
            SetupResult.Declined => new BringResult.Declined(),
            _ => new BringResult.Unknown(),
        };
    }

    private async Task<bool> TooManyAsync(ShopDbContext db, long memberId, long? sellerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hour = now.AddHours(-1);
        if (sellerId is { } seller && await SellerLimits.TooManyAsync(db, seller, now, cancellationToken))
        {
            SellerStopped(seller);
            return true;
        }

        return await db.MethodSetups.CountAsync(s => s.MemberId == memberId && s.CreatedAt > hour, cancellationToken) >= SetupsInAnHour;
    }

    /// <summary>Where a setup stands: the way back from the provider, and the page that waits. Asks the provider.</summary>
    public async Task<SetupResult> ContinueAsync(long memberId, Guid setupId, CancellationToken cancellationToken)
    {
        var setup = await writes.ReadAsync((db, token) => db.MethodSetups.AsNoTracking().FirstOrDefaultAsync(s => s.Id == setupId && s.MemberId == memberId, token), cancellationToken);
        return setup is null || setup.EndedAt is not null ? new SetupResult.NotFound() : await LookAsync(setup, cancellationToken);
    }

    /// <summary>A provider's event about a setup: asks how it stands. False: it is none of ours.</summary>
    internal async Task<bool> NewsAsync(string provider, ProviderReference reference, CancellationToken cancellationToken)
    {
        var setup = await writes.ReadAsync(
            (db, token) => db.MethodSetups.AsNoTracking().FirstOrDefaultAsync(s => s.Provider == provider && s.ProviderRef == reference.Value, token), cancellationToken);
        if (setup is { EndedAt: null } && await LookAsync(setup, cancellationToken) is SetupResult.Unknown)
        {
            throw new TimeoutException("The provider could not be asked about a setup.");
        }

        return setup is not null;
    }

    /// <summary>
    /// Lists a payer's methods anew: what the network changed is taken over (ST-24), what was removed at the provider is not charged any more. A method that nobody
    /// agreed to keep here is left alone. False: it is none of our payers.
    /// </summary>
    internal async Task<bool> RefreshAsync(string provider, CustomerReference customer, CancellationToken cancellationToken)
    {
        var mode = Mode(provider);
        var member = await writes.ReadAsync(
            (db, token) => db.ProviderCustomers.Where(c => c.Provider == provider && c.CustomerId == customer.Value && c.Mode == mode).Select(c => (long?)c.MemberId).FirstOrDefaultAsync(token),
            cancellationToken);
        if (member is null)
        {
            return false;
        }

        var listed = await gateway.ListMethodsAsync(new ProviderId(provider), customer, "event", cancellationToken)
            ?? throw new TimeoutException("The provider could not be asked for the methods of a payer.");
        var there = listed.ToDictionary(m => m.Reference.Value);
        var now = clock.GetUtcNow();
        await writes.RunAsync(
            async (unit, token) =>
            {
                var ours = await unit.Db.StoredMethods
                    .Where(m => m.MemberId == member && m.Provider == provider && m.Mode == mode && m.ForgottenAt == null).ToListAsync(token);
                ours.ForEach(m => m.TakeOver(there.GetValueOrDefault(m.Reference), now));
                await unit.Db.SaveChangesAsync(token);
            },
            CancellationToken.None);
        return true;
    }

    /// <summary>The payer's id at a provider; null before the provider has made one.</summary>
    /// <param name="saved">The kept method that is charged: the provider knows it under whoever kept it, also where a buyer became a member since.</param>
    internal static Task<string?> CustomerAsync(ShopDbContext db, long memberId, string provider, string mode, CancellationToken cancellationToken, long? saved = null) =>
        db.ProviderCustomers
            .Where(c => c.Provider == provider && c.Mode == mode && (saved == null ? c.MemberId == memberId : db.StoredMethods.Any(m => m.Id == saved && m.MemberId == c.MemberId)))
            .Select(c => c.CustomerId).FirstOrDefaultAsync(cancellationToken);

    /// <summary>
    /// Remembers what a payment whose buyer agreed to it left behind: the payer's id as soon as it is said, the method only with the money
    /// (<paramref name="isCaptured"/>). Part of the transaction that settles. Returns the method that was kept; null: none.
    /// </summary>
    internal async Task<long?> RememberAsync(ShopDbContext db, Order order, PaymentAttempt attempt, PaymentSnapshot answer, bool isCaptured, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (attempt.ConsentVersion is not { } version || order.BuyerId is not { } member || answer is not { Customer: { } customer, Live: { } live })
        {
            return null;
        }

        var owner = new Owner(member, attempt.Provider, live ? Live : Test);
        var usage = order.ForSubscription ? MethodUsage.OffSession : MethodUsage.OnSession;
        return await IsOursAsync(db, owner, customer, cancellationToken) && isCaptured && answer.SavedMethod is { } method
            ? (await KeepAsync(db, owner, method, new Consent(attempt.CreatedAt, version, usage), now, cancellationToken))?.Id
            : null;
    }

    /// <summary>Takes the method for an attempt, last of all rows; false: it was removed meanwhile.</summary>
    internal static async Task<bool> TakeAsync(ShopDbContext db, long methodId, DateTimeOffset now, CancellationToken cancellationToken) =>
        await db.StoredMethods.Where(m => m.Id == methodId && m.ForgottenAt == null).ExecuteUpdateAsync(set => set.SetProperty(m => m.UsedAt, now), cancellationToken) == 1;

    internal const string Live = "live";
    internal const string Test = "test";

    /// <summary>In which mode a provider works; null for one that is gone.</summary>
    internal string? Mode(string provider) => providers.Find(new ProviderId(provider))?.Capabilities.Live switch { true => Live, false => Test, null => null };

    /// <summary>A payer's name for a provider: the same for one member, and nothing that says who they are.</summary>
    internal static string AccountKey(long memberId) => AccountKey(string.Create(CultureInfo.InvariantCulture, $"member:{memberId}"));

    internal static string AccountKey(string account) => Codes.Hash(account)[..32];

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private sealed record Owner(long MemberId, string Provider, string Mode);

    private sealed record Consent(DateTimeOffset At, int Version, MethodUsage Usage);

    private bool Offered(string provider) => providers.Offered.Any(p => p.Id.Value == provider);

    private async Task<SetupResult> StartAtProviderAsync(MethodSetup setup, CancellationToken cancellationToken)
    {
        var email = await writes.ReadAsync((db, token) => db.Users.Where(m => m.Id == setup.MemberId).Select(m => m.Email).FirstOrDefaultAsync(token), cancellationToken);
        var payer = new Payer(AccountKey(setup.MemberId), email, setup.CustomerId is { } known ? new CustomerReference(known) : null);
        var request = new StartSetup(payer, new IdempotencyKey(setup.IdemKey), links.Setup(setup.Id));
        return await TakeInAsync(
            setup, await gateway.StartSetupAsync(new ProviderId(setup.Provider), setup.Id, request, cancellationToken, PaymentGateway.BuyersPatience));
    }

    /// <summary>Asks by the provider's id; without one the answer to the first call got lost, and the same key is sent again: no money moves here.</summary>
    private async Task<SetupResult> LookAsync(MethodSetup setup, CancellationToken cancellationToken) =>
        setup.ProviderRef is not { } reference
            ? await StartAtProviderAsync(setup, cancellationToken)
            : await TakeInAsync(setup, await gateway.GetSetupAsync(
                new ProviderId(setup.Provider), setup.Id, new ProviderReference(reference), cancellationToken, PaymentGateway.BuyersPatience));

    private async Task<SetupResult> TakeInAsync(MethodSetup setup, SetupSnapshot answer)
    {
        var now = clock.GetUtcNow();
        var owner = new Owner(setup.MemberId, setup.Provider, setup.Mode);
        var isOver = answer.Outcome is SetupOutcome.Saved or SetupOutcome.Declined;
        var kept = await writes.RunAsync(
            async (unit, token) =>
            {
                var db = unit.Db;
                await db.MethodSetups.Where(s => s.Id == setup.Id && s.EndedAt == null).ExecuteUpdateAsync(
                    set => set.SetProperty(s => s.ProviderRef, s => s.ProviderRef ?? (answer.Reference == null ? null : answer.Reference.Value.Value))
                        .SetProperty(s => s.EndedAt, isOver ? now : null),
                    token);
                var ours = answer.Customer is { } customer && await IsOursAsync(db, owner, customer, token);
                return ours && answer.Outcome is SetupOutcome.Saved saved
                    ? await KeepAsync(db, owner, saved.Method, new Consent(setup.CreatedAt, setup.ConsentVersion, MethodUsage.OffSession), now, token)
                    : null;
            },
            CancellationToken.None);
        return answer.Outcome switch
        {
            SetupOutcome.ActionRequired required => new SetupResult.Act(setup.Id, setup.Provider, required.Action),
            SetupOutcome.Declined declined => new SetupResult.Declined(declined.Reason),
            SetupOutcome.Saved when kept is not null => new SetupResult.Saved(View(kept, Today, isDefault: false)),
            SetupOutcome.Saved => new SetupResult.Declined(DeclineReason.Unspecified),
            _ => new SetupResult.Unknown(setup.Id),
        };
    }

    /// <summary>One payer for each member, provider and mode, whoever comes first; false when this one is another.</summary>
    private async Task<bool> IsOursAsync(ShopDbContext db, Owner owner, CustomerReference customer, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO provider_customers (member_id, provider, mode, customer_id)
            VALUES ({owner.MemberId}, {owner.Provider}, {owner.Mode}, {customer.Value}) ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        if (await CustomerAsync(db, owner.MemberId, owner.Provider, owner.Mode, cancellationToken) == customer.Value)
        {
            return true;
        }

        OtherPayer(owner.Provider, owner.MemberId);
        return false;
    }

    /// <summary>Null: it is somebody else's, or was removed.</summary>
    private static async Task<StoredMethod?> KeepAsync(
        ShopDbContext db, Owner owner, SavedMethod method, Consent consent, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (handle, usage, at, chosen) = (Codes.New(20), Words.Of(consent.Usage), consent.At.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
        var (reference, brand, last4) = (method.Reference.Value, StoredMethod.Cut(method.Brand), StoredMethod.LastFour(method.Last4));
        var added = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO saved_methods (handle, member_id, provider, mode, reference, brand, last4, expires_on, consent_at, consent_version, usage, default_at)
            VALUES ({handle}, {owner.MemberId}, {owner.Provider}, {owner.Mode}, {reference}, {brand}, {last4}, {method.ExpiresOn}, {at}, {consent.Version}, {usage}, {chosen})
            ON CONFLICT DO NOTHING
            """,
            cancellationToken);
        var kept = await db.StoredMethods.AsNoTracking().FirstOrDefaultAsync(
            m => m.Provider == owner.Provider && m.Mode == owner.Mode && m.Reference == reference && m.MemberId == owner.MemberId && m.ForgottenAt == null, cancellationToken);
        if (added == 1 && kept is not null)
        {
            var (strange, status) = await db.Users.Where(m => m.Id == owner.MemberId).Select(m => new ValueTuple<DateTimeOffset?, AccountStatus>(m.StrangeSignInAt, m.Status)).FirstAsync(cancellationToken);
            if (status == AccountStatus.Purged)
            {
                // its owner was gone before the provider answered
                await ForgetAsync(db, kept.Id, now, cancellationToken);
                await db.SaveChangesAsync(cancellationToken);
                return null;
            }

            await ShopEvents.RecordAsync(
                db,
                ShopEventKind.MethodCreated,
                kept.Id.ToString(CultureInfo.InvariantCulture),
                new EventAbout(owner.MemberId),
                new EventFacts { MethodId = kept.Id, Method = kept.Last4 is null ? kept.Brand : $"{kept.Brand} {kept.Last4}", StrangeSignInAt = strange },
                now,
                cancellationToken);
        }

        return kept;
    }

    internal static SavedMethodView View(StoredMethod method, DateOnly today, bool isDefault) =>
        new(method.Handle, method.Provider, method.Brand, method.Last4, method.ExpiresOn, method.ExpiresOn < today, isDefault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} knows member {Member} under a second id: what was kept there is not shown here.")]
    private partial void OtherPayer(string provider, long member);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Seller {Seller} brings more methods, or has more charges refused, than it may: cards may be tested through its keys.")]
    private partial void SellerStopped(long seller);
}
