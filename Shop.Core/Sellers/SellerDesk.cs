using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>What staff say of a seller. The handle counts only when it is made.</summary>
public sealed record SellerForm(string? Handle, string? Name, string? Contact, string? TermsUrl);

/// <summary>What staff say of a seller's product. Id and whether it recurs count only when it is made.</summary>
public sealed record SellerProductForm
{
    public string? Code { get; init; }

    public string? Title { get; init; }

    public string? About { get; init; }

    public SellerSale Sale { get; init; }

    public SellerPricing Pricing { get; init; }

    /// <summary>Of a fixed price, minor units.</summary>
    public long? AmountMinor { get; init; }

    /// <summary>Of a price that the buyer names.</summary>
    public long? LeastMinor { get; init; }

    public long? MostMinor { get; init; }

    public int? Months { get; init; }

    public SellerSignIn SignIn { get; init; }

    public string? TermsUrl { get; init; }

    public bool OnSale { get; init; }
}

/// <summary>Which field of a form is wrong.</summary>
public enum SellerFormField { None, Handle, Name, Contact, TermsUrl, Origin, State, Code, Title, About, Amount, Least, Most, Months, SignIn, Picture, Webhook }

/// <summary>Why a change of a seller was refused.</summary>
public enum SellerRefusal
{
    /// <summary>There is none of that name.</summary>
    NotThere,

    Missing,

    TooLong,

    /// <summary>Not the letters, digits and hyphens that such a name has.</summary>
    Shape,

    /// <summary>Somebody has it.</summary>
    Taken,

    /// <summary>Not an https address.</summary>
    Address,

    /// <summary>Not an origin: scheme and host, https, nothing behind them.</summary>
    Origin,

    /// <summary>There are as many as there may be.</summary>
    TooMany,

    /// <summary>Out of its bounds.</summary>
    Amount,

    /// <summary>The most is less than the least.</summary>
    Bounds,

    /// <summary>Out of 1 to 99; what recurs needs a period.</summary>
    Months,

    /// <summary>What recurs is charged to a kept method, and those belong to accounts.</summary>
    SignInForRecurring,

    /// <summary>No service that keeps methods takes that amount of that currency (MZ-70).</summary>
    NoService,

    /// <summary>The seller cannot come into that state any more.</summary>
    State,

    /// <summary>A reason has to be given.</summary>
    Reason,
}

/// <summary>One thing that is wrong with a form.</summary>
public sealed record SellerProblem(SellerFormField Field, SellerRefusal Reason);

/// <summary>What became of a change.</summary>
public abstract record SellerResult
{
    private SellerResult() { }

    /// <summary>Done, or it was so before. <paramref name="Id"/>: the row that was made or changed.</summary>
    public sealed record Done(long Id) : SellerResult;

    /// <summary>Nothing was changed.</summary>
    public sealed record Refused(IReadOnlyList<SellerProblem> Problems) : SellerResult;

    internal static Refused No(SellerFormField field, SellerRefusal reason) => new([new SellerProblem(field, reason)]);
}

/// <summary>Where staff make and change sellers, their origins and their products. Each change leaves a row that says who did what.</summary>
public sealed partial class SellerDesk(Writes writes, RuleBook rules, Attempts attempts, SavedMethods methods, TimeProvider clock)
{
    public const int MostHandle = 32;
    public const int MostName = 100;
    public const int MostContact = 200;
    public const int MostAddress = 300;
    public const int MostCode = 48;
    public const int MostTitle = 100;
    public const int MostAbout = 1000;
    public const int MostReason = 200;
    public const int MostChange = 500;
    public const int MostOrigins = 20;
    public const int MostProducts = 1000;

    /// <summary>The highest price, minor units.</summary>
    public const long MostAmount = 10_000_000;

    public async Task<SellerResult> CreateAsync(SellerForm form, long staffId, CancellationToken cancellationToken)
    {
        var handle = form.Handle?.Trim() ?? "";
        var problems = Problems(form).ToList();
        if (handle.Length == 0)
        {
            problems.Insert(0, new SellerProblem(SellerFormField.Handle, SellerRefusal.Missing));
        }
        else if (handle.Length > MostHandle || !Slug().IsMatch(handle))
        {
            problems.Insert(0, new SellerProblem(SellerFormField.Handle, SellerRefusal.Shape));
        }

        if (problems.Count > 0)
        {
            return new SellerResult.Refused(problems);
        }

        var now = clock.GetUtcNow();
        try
        {
            return await writes.RunAsync<SellerResult>(
                async (unit, token) =>
                {
                    var seller = new Seller
                    {
                        Handle = handle, Name = Text(form.Name)!, Contact = Text(form.Contact)!, TermsUrl = Text(form.TermsUrl), EmbedKey = "em_" + Codes.New(20),
                        MadeBy = staffId, MadeAt = now,
                    };
                    unit.Db.Sellers.Add(seller);
                    await unit.Db.SaveChangesAsync(token);
                    Note(unit.Db, seller.Id, SellerField.Made, null, null, seller.Name, staffId, now);
                    await unit.Db.SaveChangesAsync(token);
                    return new SellerResult.Done(seller.Id);
                },
                cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "handle"))
        {
            return SellerResult.No(SellerFormField.Handle, SellerRefusal.Taken);
        }
    }

    public async Task<SellerResult> ChangeAsync(long sellerId, SellerForm form, long staffId, CancellationToken cancellationToken)
    {
        if (Problems(form).ToList() is { Count: > 0 } problems)
        {
            return new SellerResult.Refused(problems);
        }

        var (name, contact, terms, now) = (Text(form.Name)!, Text(form.Contact)!, Text(form.TermsUrl), clock.GetUtcNow());
        return await writes.RunAsync<SellerResult>(
            async (unit, token) =>
            {
                if (!await TakeAsync(unit.Db, sellerId, token))
                {
                    return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                }

                var old = await unit.Db.Sellers.AsNoTracking().FirstAsync(s => s.Id == sellerId, token);
                await unit.Db.Sellers.Where(s => s.Id == sellerId)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.Name, name).SetProperty(s => s.Contact, contact).SetProperty(s => s.TermsUrl, terms), token);
                NoteIfOther(unit.Db, sellerId, SellerField.Name, null, old.Name, name, staffId, now);
                NoteIfOther(unit.Db, sellerId, SellerField.Contact, null, old.Contact, contact, staffId, now);
                NoteIfOther(unit.Db, sellerId, SellerField.Terms, null, old.TermsUrl, terms, staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return new SellerResult.Done(sellerId);
            },
            cancellationToken);
    }

    /// <summary>Pauses a seller, lets it sell again, or closes it for good. Asked for the state that it has, nothing is changed.</summary>
    public async Task<SellerResult> MoveAsync(long sellerId, SellerState to, string? reason, long staffId, CancellationToken cancellationToken)
    {
        var why = Text(reason);
        if (why is null || why.Length > MostReason)
        {
            return SellerResult.No(SellerFormField.State, SellerRefusal.Reason);
        }

        var now = clock.GetUtcNow();
        return await writes.RunAsync<SellerResult>(
            async (unit, token) =>
            {
                var from = SellerStates.Table.Before(to);
                var old = await unit.Db.Sellers.Where(s => s.Id == sellerId).Select(s => (SellerState?)s.State).FirstOrDefaultAsync(token);
                if (old == to)
                {
                    return new SellerResult.Done(sellerId);
                }

                if (await unit.Db.Sellers.Where(s => s.Id == sellerId && from.Contains(s.State)).ExecuteUpdateAsync(set => set.SetProperty(s => s.State, to), token) == 0)
                {
                    return SellerResult.No(SellerFormField.State, old is null ? SellerRefusal.NotThere : SellerRefusal.State);
                }

                Note(unit.Db, sellerId, SellerField.State, null, Words.Of(old!.Value), Words.Of(to), staffId, now, why);
                await unit.Db.SaveChangesAsync(token);
                return new SellerResult.Done(sellerId);
            },
            cancellationToken);
    }

    /// <param name="allowPlain">Development: plain http on this very machine is fine.</param>
    public async Task<SellerResult> AddOriginAsync(long sellerId, string? typed, bool allowPlain, long staffId, CancellationToken cancellationToken)
    {
        if (OriginOf(typed, allowPlain) is not { } origin)
        {
            return SellerResult.No(SellerFormField.Origin, SellerRefusal.Origin);
        }

        var now = clock.GetUtcNow();
        return await writes.RunAsync<SellerResult>(
            async (unit, token) =>
            {
                if (!await TakeAsync(unit.Db, sellerId, token))
                {
                    return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                }

                var there = await Sellers.OriginsAsync(unit.Db, sellerId, token);
                if (there.Contains(origin))
                {
                    return unit.RollBack(new SellerResult.Done(sellerId));
                }

                if (there.Count >= MostOrigins)
                {
                    return unit.RollBack(SellerResult.No(SellerFormField.Origin, SellerRefusal.TooMany));
                }

                unit.Db.SellerOrigins.Add(new SellerOrigin { SellerId = sellerId, Origin = origin, AddedAt = now });
                Note(unit.Db, sellerId, SellerField.Origin, origin, null, "added", staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return new SellerResult.Done(sellerId);
            },
            cancellationToken);
    }

    /// <summary>From now on pages of that origin may not frame the flow. False: they might not before.</summary>
    public async Task<bool> RemoveOriginAsync(long sellerId, string origin, long staffId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync(
            async (unit, token) =>
            {
                if (await unit.Db.SellerOrigins.Where(o => o.SellerId == sellerId && o.Origin == origin).ExecuteDeleteAsync(token) == 0)
                {
                    return false;
                }

                Note(unit.Db, sellerId, SellerField.Origin, origin, "added", null, staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return true;
            },
            cancellationToken);
    }

    public async Task<SellerResult> AddProductAsync(long sellerId, SellerProductForm form, long staffId, CancellationToken cancellationToken)
    {
        var code = form.Code?.Trim() ?? "";
        var problems = Problems(form, form.Sale).ToList();
        if (code.Length == 0)
        {
            problems.Insert(0, new SellerProblem(SellerFormField.Code, SellerRefusal.Missing));
        }
        else if (code.Length > MostCode || !Slug().IsMatch(code))
        {
            problems.Insert(0, new SellerProblem(SellerFormField.Code, SellerRefusal.Shape));
        }

        if (problems.Count > 0)
        {
            return new SellerResult.Refused(problems);
        }

        var now = clock.GetUtcNow();
        try
        {
            return await writes.RunAsync<SellerResult>(
                async (unit, token) =>
                {
                    if (!await TakeAsync(unit.Db, sellerId, token))
                    {
                        return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                    }

                    if (await unit.Db.SellerProducts.CountAsync(p => p.SellerId == sellerId, token) >= MostProducts)
                    {
                        return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.TooMany));
                    }

                    var revision = await rules.CurrentAsync(unit.Db, token);
                    var list = await rules.GetAsync<PriceList>(unit.Db, revision, token);
                    if (form is { Sale: SellerSale.Recurring, OnSale: true }
                        && !IsChargeable(form.Pricing, form.AmountMinor, form.LeastMinor, form.MostMinor, list.Money, await rules.GetAsync<PaymentTerms>(unit.Db, revision, token)))
                    {
                        return unit.RollBack(SellerResult.No(FieldOf(form.Pricing), SellerRefusal.NoService));
                    }

                    var isFixed = form.Pricing == SellerPricing.Fixed;
                    var product = new SellerProduct
                    {
                        SellerId = sellerId,
                        Code = code,
                        Title = Text(form.Title)!,
                        About = Text(form.About),
                        Sale = form.Sale,
                        Pricing = form.Pricing,
                        AmountMinor = isFixed ? form.AmountMinor : null,
                        LeastMinor = isFixed ? null : form.LeastMinor,
                        MostMinor = isFixed ? null : form.MostMinor,
                        Currency = list.Currency,
                        Months = form.Months,
                        SignIn = form.SignIn,
                        TermsUrl = Text(form.TermsUrl),
                        OnSale = form.OnSale,
                        MadeAt = now,
                    };
                    unit.Db.SellerProducts.Add(product);
                    Note(unit.Db, sellerId, SellerField.Product, code, null, Summary(product), staffId, now);
                    await unit.Db.SaveChangesAsync(token);
                    return new SellerResult.Done(product.Id);
                },
                cancellationToken);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "code"))
        {
            return SellerResult.No(SellerFormField.Code, SellerRefusal.Taken);
        }
    }

    /// <summary>Changes a product; orders and subscriptions keep what they bought.</summary>
    public async Task<SellerResult> ChangeProductAsync(long sellerId, string code, SellerProductForm form, long staffId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await writes.RunAsync<SellerResult>(
            async (unit, token) =>
            {
                if (!await TakeAsync(unit.Db, sellerId, token)
                    || await unit.Db.SellerProducts.AsNoTracking().FirstOrDefaultAsync(p => p.Code == code && p.SellerId == sellerId, token) is not { } old)
                {
                    return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                }

                if (Problems(form, old.Sale).ToList() is { Count: > 0 } problems)
                {
                    return unit.RollBack(new SellerResult.Refused(problems));
                }

                if (old.Sale == SellerSale.Recurring && form.OnSale)
                {
                    var payment = await rules.GetAsync<PaymentTerms>(unit.Db, await rules.CurrentAsync(unit.Db, token), token);
                    if (!IsChargeable(form.Pricing, form.AmountMinor, form.LeastMinor, form.MostMinor, Currency.Of(old.Currency), payment))
                    {
                        return unit.RollBack(SellerResult.No(FieldOf(form.Pricing), SellerRefusal.NoService));
                    }
                }

                var isFixed = form.Pricing == SellerPricing.Fixed;
                var (title, about, terms) = (Text(form.Title)!, Text(form.About), Text(form.TermsUrl));
                var (amount, least, most) = (isFixed ? form.AmountMinor : null, isFixed ? null : form.LeastMinor, isFixed ? null : form.MostMinor);
                await unit.Db.SellerProducts.Where(p => p.Id == old.Id).ExecuteUpdateAsync(
                    set => set.SetProperty(p => p.Title, title).SetProperty(p => p.About, about).SetProperty(p => p.Pricing, form.Pricing).SetProperty(p => p.AmountMinor, amount)
                        .SetProperty(p => p.LeastMinor, least).SetProperty(p => p.MostMinor, most).SetProperty(p => p.Months, form.Months)
                        .SetProperty(p => p.SignIn, form.SignIn).SetProperty(p => p.TermsUrl, terms).SetProperty(p => p.OnSale, form.OnSale)
                        .SetProperty(p => p.Revision, p => p.Revision + 1),
                    token);
                var changed = await unit.Db.SellerProducts.AsNoTracking().FirstAsync(p => p.Id == old.Id, token);
                NoteIfOther(unit.Db, sellerId, SellerField.Product, code, Summary(old), Summary(changed), staffId, now);
                await unit.Db.SaveChangesAsync(token);
                return new SellerResult.Done(old.Id);
            },
            cancellationToken);
    }

    /// <summary>
    /// What is on sale and recurs although a service that keeps methods does not take its price any more, or none does: looked for at every start (MZ-70).
    /// </summary>
    public async Task<IReadOnlyList<string>> UnchargeableAsync(ShopDbContext db, CancellationToken cancellationToken)
    {
        var terms = await rules.GetAsync<PaymentTerms>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken);
        var recurring = await db.SellerProducts.AsNoTracking()
            .Where(p => p.OnSale && p.Sale == SellerSale.Recurring && db.Sellers.Any(s => s.Id == p.SellerId && s.State == SellerState.Active)).OrderBy(p => p.Code).ToListAsync(cancellationToken);
        return [.. recurring.Where(p => !IsChargeable(p.Pricing, p.AmountMinor, p.LeastMinor, p.MostMinor, Currency.Of(p.Currency), terms)).Select(p => p.Code)];
    }

    /// <summary>A logo for the seller, or with <paramref name="code"/> a picture for a product of it.</summary>
    public async Task<SellerResult> PictureAsync(long sellerId, string? code, byte[] file, long staffId, CancellationToken cancellationToken)
    {
        var (least, most) = Pictures.Sides(PictureSize.Small);
        var (png, width, height, _) = file.Length == 0 ? (null, 0, 0, null) : PngFile.Rewrite(file, least, most);
        if (png is null)
        {
            return SellerResult.No(SellerFormField.Picture, SellerRefusal.Shape);
        }

        var now = clock.GetUtcNow();
        return await writes.RunAsync<SellerResult>(
            async (unit, token) =>
            {
                if (!await TakeAsync(unit.Db, sellerId, token))
                {
                    return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                }

                var hash = await Pictures.KeepAsync(unit.Db, png, width, height, staffId, now, token);
                if (code is null)
                {
                    var old = await unit.Db.Sellers.Where(s => s.Id == sellerId).Select(s => s.LogoHash).FirstAsync(token);
                    await unit.Db.Sellers.Where(s => s.Id == sellerId).ExecuteUpdateAsync(set => set.SetProperty(s => s.LogoHash, hash), token);
                    NoteIfOther(unit.Db, sellerId, SellerField.Logo, null, old, hash, staffId, now);
                }
                else
                {
                    if (await unit.Db.SellerProducts.AsNoTracking().FirstOrDefaultAsync(p => p.Code == code && p.SellerId == sellerId, token) is not { } product)
                    {
                        return unit.RollBack(SellerResult.No(SellerFormField.None, SellerRefusal.NotThere));
                    }

                    await unit.Db.SellerProducts.Where(p => p.Id == product.Id).ExecuteUpdateAsync(set => set.SetProperty(p => p.PictureHash, hash), token);
                    NoteIfOther(unit.Db, sellerId, SellerField.Product, code, product.PictureHash, hash, staffId, now);
                }

                await unit.Db.SaveChangesAsync(token);
                return new SellerResult.Done(sellerId);
            },
            cancellationToken);
    }

    /// <summary>
    /// An origin as a browser writes it: https (or, where it is allowed, http on this machine), a host, a port where it is not the usual one, and nothing else. Null:
    /// it is none.
    /// </summary>
    public static string? OriginOf(string? typed, bool allowPlain)
    {
        if (!Uri.TryCreate(typed?.Trim(), UriKind.Absolute, out var uri) || uri is not { UserInfo: "", Query: "", Fragment: "", PathAndQuery: "/" }
            || uri.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic || uri.IdnHost.Contains('*', StringComparison.Ordinal))
        {
            return null;
        }

        var isSafe = uri.Scheme == Uri.UriSchemeHttps || (allowPlain && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback);
        var host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost.ToLowerInvariant();
        var origin = uri.IsDefaultPort ? $"{uri.Scheme}://{host}" : string.Create(CultureInfo.InvariantCulture, $"{uri.Scheme}://{host}:{uri.Port}");
        return isSafe && origin.Length <= MostAddress ? origin : null;
    }

    /// <summary>Takes the seller's row for this transaction. False: there is none.</summary>
    internal static async Task<bool> TakeAsync(ShopDbContext db, long sellerId, CancellationToken cancellationToken) =>
        await db.Sellers.Where(s => s.Id == sellerId).ExecuteUpdateAsync(set => set.SetProperty(s => s.MadeAt, s => s.MadeAt), cancellationToken) == 1;

    internal static void Note(
        ShopDbContext db, long sellerId, SellerField field, string? subject, string? old, string? now, long staffId, DateTimeOffset at, string? reason = null) =>
        db.SellerChanges.Add(new SellerChange
        {
            SellerId = sellerId, Field = field, Subject = subject, Old = Cut(old), New = Cut(now), At = at, ActorId = staffId, Reason = reason,
        });

    private static void NoteIfOther(
        ShopDbContext db, long sellerId, SellerField field, string? subject, string? old, string? now, long staffId, DateTimeOffset at)
    {
        if (old != now)
        {
            Note(db, sellerId, field, subject, old, now, staffId, at);
        }
    }

    private static SellerFormField FieldOf(SellerPricing pricing) => pricing == SellerPricing.Fixed ? SellerFormField.Amount : SellerFormField.Least;

    /// <summary>Every service that charges kept methods takes the whole range of prices, and there is one.</summary>
    private bool IsChargeable(SellerPricing pricing, long? amount, long? least, long? most, Currency currency, PaymentTerms terms)
    {
        long[] prices = pricing == SellerPricing.Fixed ? [amount!.Value] : [least!.Value, most!.Value];
        return prices.All(price =>
        {
            var savers = attempts.Methods(new Money(price, currency), terms, renews: false).Where(m => methods.Renews(m.Provider)).ToList();
            return savers.Count > 0 && savers.TrueForAll(m => m.Disabled is null or MethodRefusal.Paused);
        });
    }

    private static string? Cut(string? text) => text?.Length > MostChange ? text[..MostChange] : text;

    /// <summary>What a product is, in few words, for the rows of changes.</summary>
    private static string Summary(SellerProduct p) => string.Create(
        CultureInfo.InvariantCulture,
        $"{p.Title}; {PriceOf(p)} {(p.Sale == SellerSale.Recurring ? "every" : "for")} {(p.Months is { } months ? $"{months} months" : "good")}; sign-in {Words.Of(p.SignIn)}; {(p.OnSale ? "on" : "off")} sale{After(p.TermsUrl)}{After(p.About)}");

    private static string After(string? text) => text is null ? "" : $"; {text}";

    private static string PriceOf(SellerProduct p)
    {
        string Plain(long minor) => new Money(minor, Currency.Of(p.Currency)).Plain();
        return p.AmountMinor is { } amount ? Plain(amount) : $"{Plain(p.LeastMinor!.Value)} to {Plain(p.MostMinor!.Value)}";
    }

    private static IEnumerable<SellerProblem> Problems(SellerForm form)
    {
        if (Needed(form.Name, MostName) is { } name)
        {
            yield return new SellerProblem(SellerFormField.Name, name);
        }

        if (Needed(form.Contact, MostContact) is { } contact)
        {
            yield return new SellerProblem(SellerFormField.Contact, contact);
        }

        if (!IsHttps(form.TermsUrl))
        {
            yield return new SellerProblem(SellerFormField.TermsUrl, SellerRefusal.Address);
        }
    }

    private static IEnumerable<SellerProblem> Problems(SellerProductForm form, SellerSale sale)
    {
        if (Needed(form.Title, MostTitle) is { } title)
        {
            yield return new SellerProblem(SellerFormField.Title, title);
        }

        if (Text(form.About)?.Length > MostAbout)
        {
            yield return new SellerProblem(SellerFormField.About, SellerRefusal.TooLong);
        }

        if (!IsHttps(form.TermsUrl))
        {
            yield return new SellerProblem(SellerFormField.TermsUrl, SellerRefusal.Address);
        }

        if (form.Pricing == SellerPricing.Fixed && form.AmountMinor is not (> 0 and <= MostAmount))
        {
            yield return new SellerProblem(SellerFormField.Amount, SellerRefusal.Amount);
        }

        if (form.Pricing == SellerPricing.Custom)
        {
            if (form.LeastMinor is not (> 0 and <= MostAmount))
            {
                yield return new SellerProblem(SellerFormField.Least, SellerRefusal.Amount);
            }

            if (form.MostMinor is not (> 0 and <= MostAmount))
            {
                yield return new SellerProblem(SellerFormField.Most, SellerRefusal.Amount);
            }
            else if (form.MostMinor < form.LeastMinor)
            {
                yield return new SellerProblem(SellerFormField.Most, SellerRefusal.Bounds);
            }
        }

        if (sale == SellerSale.Recurring && form.SignIn != SellerSignIn.Account)
        {
            yield return new SellerProblem(SellerFormField.SignIn, SellerRefusal.SignInForRecurring);
        }

        if (form.Months is not (null or (>= 1 and <= 99)) || (sale == SellerSale.Recurring && form.Months is null))
        {
            yield return new SellerProblem(SellerFormField.Months, SellerRefusal.Months);
        }
    }

    private static SellerRefusal? Needed(string? typed, int most) => Text(typed) switch
    {
        null => SellerRefusal.Missing,
        { Length: var length } when length > most => SellerRefusal.TooLong,
        _ => null,
    };

    /// <summary>Words as they were typed, without what is not seen; null: none.</summary>
    private static string? Text(string? typed) => PlainText.Of(typed ?? "") is { Length: > 0 } text ? text : null;

    /// <summary>Nothing, or an https address.</summary>
    private static bool IsHttps(string? typed) => Text(typed) is not { } text
        || (text.Length <= MostAddress && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0);

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Slug();
}
