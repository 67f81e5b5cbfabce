using System.Globalization;
using System.Net.Mime;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>The addresses behind the shop below which resources may be answered: the configuration names them.</summary>
public sealed record ResourceAddresses(IReadOnlyList<Uri> Allowed)
{
    /// <summary>Whether an address is below one of them.</summary>
    public bool Allow(Uri address) => address is { IsAbsoluteUri: true, UserInfo: "", Fragment: "" } && Allowed.Any(a =>
        a.Scheme == address.Scheme && a.Authority == address.Authority && $"{address.AbsolutePath.TrimEnd('/')}/".StartsWith($"{a.AbsolutePath.TrimEnd('/')}/", StringComparison.Ordinal));
}

/// <summary>What staff say of a resource. The name counts only when it is made.</summary>
public sealed record ResourceDraft
{
    public string? Code { get; init; }

    public string? Title { get; init; }

    public string? Summary { get; init; }

    public ResourceForm Form { get; init; }

    /// <summary>Gross, minor units.</summary>
    public long? PriceMinor { get; init; }

    public int? Points { get; init; }

    /// <summary>Markdown, of a text.</summary>
    public string? Body { get; init; }

    /// <summary>Of an address behind the shop.</summary>
    public string? Address { get; init; }

    public bool OnSale { get; init; }
}

/// <summary>Which field of a resource's form is wrong.</summary>
public enum ResourceField { Code, Title, Summary, Form, Price, Points, Body, Address, OnSale, File }

/// <summary>What is wrong with it.</summary>
public enum ResourceRefusal
{
    Missing,

    TooLong,

    /// <summary>A character that a name, or a line of words, does not have.</summary>
    Shape,

    /// <summary>Another resource has the name.</summary>
    Taken,

    /// <summary>Out of its bounds.</summary>
    Amount,

    /// <summary>Not below one of the addresses that the configuration allows.</summary>
    Address,

    /// <summary>Only resources that are files have one.</summary>
    NotAFile,

    /// <summary>The file is empty, or larger than the rules allow.</summary>
    Size,
}

/// <summary>One thing that is wrong with a resource. <paramref name="Most"/>: the most that is allowed, where that is what is wrong.</summary>
public sealed record ResourceProblem(ResourceField Field, ResourceRefusal Reason, long? Most = null);

/// <summary>What became of a change of a resource. Unless it is <see cref="Done"/>, nothing was changed.</summary>
public abstract record ResourceResult
{
    private ResourceResult() { }

    public sealed record Done(string Code, int Revision) : ResourceResult;

    /// <summary>There is none of that name.</summary>
    public sealed record Unknown : ResourceResult;

    /// <summary>Somebody changed it since.</summary>
    public sealed record Changed : ResourceResult;

    public sealed record Refused(IReadOnlyList<ResourceProblem> Problems) : ResourceResult;

    internal static Refused No(ResourceField field, ResourceRefusal reason, long? most = null) => new([new ResourceProblem(field, reason, most)]);
}

/// <summary>Where staff make and change paid resources. Each change leaves a row that says who did what; orders keep what they bought.</summary>
public sealed class ResourceDesk(Writes writes, RuleBook rules, ResourceAddresses addresses, ResourceReader reader, TimeProvider clock)
{
    public const int MostCode = 48;
    public const int MostTitle = 100;
    public const int MostSummary = 1000;
    public const int MostBody = 200_000;
    public const int MostAddress = 500;
    public const int MostFileName = 150;
    public const int MostMediaType = 100;

    /// <summary>The highest price, minor units.</summary>
    public const long MostAmount = 10_000_000;

    public const int MostPoints = 1_000_000;

    /// <summary>Bytes of a piece of a file.</summary>
    public const int PartSize = 256 * 1024;

    private const int MostChange = VirtualGift.MostTags + 100;
    private const int MostEvents = 100;

    /// <summary>Every resource by its name, without what it holds.</summary>
    public Task<IReadOnlyList<Resource>> ListAsync(CancellationToken cancellationToken) => writes.ReadAsync<IReadOnlyList<Resource>>(
        async (db, token) => await db.Resources.AsNoTracking().OrderBy(r => r.Code).ToListAsync(token), cancellationToken);

    /// <summary>One resource with its history, newest first; null: there is none of that name.</summary>
    public Task<(Resource Resource, IReadOnlyList<CatalogueEvent> History)?> FindAsync(string code, CancellationToken cancellationToken) => writes.ReadAsync<(Resource, IReadOnlyList<CatalogueEvent>)?>(
        async (db, token) =>
        {
            if (await db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == code, token) is not { } resource)
            {
                return null;
            }

            var sku = ResourceItem.SkuPrefix + code;
            return (resource, await db.CatalogueChanges.Where(c => c.Sku == sku).OrderByDescending(c => c.Id).Take(MostEvents)
                .Select(c => new CatalogueEvent(c.Field, c.Old, c.New, c.At, db.Users.Where(m => m.Id == c.ActorId).Select(m => m.UserName).FirstOrDefault(), c.Reason))
                .ToListAsync(token));
        },
        cancellationToken);

    /// <summary>Makes a resource, or changes the one of that name.</summary>
    /// <param name="revision">The revision that was looked at; null: it is to be made.</param>
    public async Task<ResourceResult> SaveAsync(ResourceDraft draft, int? revision, long staffId, CancellationToken cancellationToken)
    {
        var typed = (draft.Code ?? "").Trim();
        var code = IsText(typed) ? typed.Normalize(NormalizationForm.FormC) : typed;
        var problems = Problems(draft).ToList();
        if (revision is null && CodeProblem(code) is { } wrong)
        {
            problems.Insert(0, new ResourceProblem(ResourceField.Code, wrong, wrong == ResourceRefusal.TooLong ? MostCode : null));
        }

        if (problems.Count > 0)
        {
            return new ResourceResult.Refused(problems);
        }

        try
        {
            var result = await writes.RunAsync(
                (unit, token) => revision is { } seen ? ChangeAsync(unit, code, draft, seen, staffId, token) : AddAsync(unit.Db, code, draft, staffId, token), cancellationToken);
            reader.Forget(code);
            return result;
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "code"))
        {
            return ResourceResult.No(ResourceField.Code, ResourceRefusal.Taken);
        }
    }

    /// <summary>
    /// Gives a resource that is a file its content, in pieces, so that no transaction waits for the upload. Until all of it is there the file before is in force. The one before that is removed.
    /// </summary>
    /// <param name="length">What the upload says of itself; what comes is counted.</param>
    public async Task<ResourceResult> SetFileAsync(
        string code, Stream content, string fileName, string mediaType, long length, CancellationToken cancellationToken, long? staffId = null)
    {
        var (name, type) = (Path.GetFileName(fileName.Replace('\\', '/')).Trim(), mediaType.Trim().ToLowerInvariant());
        var (resource, most, number) = await writes.ReadAsync(
            async (db, token) =>
            {
                var found = await db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == code, token);
                return (found, (await rules.GetAsync<ResourceTerms>(db, await rules.CurrentAsync(db, token), token)).LargestFileKb * 1024L,
                    found is null ? 0 : Math.Max(found.FileNumber, await db.ResourceFileParts.Where(p => p.ResourceId == found.Id).MaxAsync(p => (int?)p.FileNumber, token) ?? 0) + 1);
            },
            cancellationToken);
        if (resource is null)
        {
            return new ResourceResult.Unknown();
        }

        if (FileProblem(resource, name, type, length, most) is { } problem)
        {
            return new ResourceResult.Refused([problem]);
        }

        try
        {
            var written = await WritePartsAsync(resource.Id, number, content, most, cancellationToken);
            if (written is > 0 and var bytes && bytes <= most)
            {
                var result = await SwitchAsync(resource, number, name, type, bytes, staffId, cancellationToken);
                reader.Forget(code);
                return result;
            }

            await DropAsync(resource.Id, number);
            return ResourceResult.No(ResourceField.File, ResourceRefusal.Size, most);
        }
        catch (DbUpdateException e) when (Violations.IsUnique(e, "resource_file_parts"))
        {
            return new ResourceResult.Changed(); // somebody uploads at the same moment, under the same number
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            await DropAsync(resource.Id, number);
            throw;
        }
    }

    /// <summary>Whatever else stands in an address need not be looked for.</summary>
    internal static bool CanBe(string code) => code.Length is > 0 and <= MostCode && IsText(code) && !code.Any(char.IsControl);

    /// <summary>No half characters.</summary>
    internal static bool IsText(string text) => !text.EnumerateRunes().Contains(Rune.ReplacementChar);

    /// <summary>Letters of any script, digits, and a few marks within; dots alone are no name.</summary>
    private static ResourceRefusal? CodeProblem(string code) => code switch
    {
        "" => ResourceRefusal.Missing,
        { Length: > MostCode } => ResourceRefusal.TooLong,
        _ when code.All(c => c == '.') || !code.EnumerateRunes().All(r => Rune.IsLetterOrDigit(r) || IsMark(r) || "._~-+ ".Contains(r.ToString(), StringComparison.Ordinal)) => ResourceRefusal.Shape,
        _ => null,
    };

    /// <summary>What some scripts write on their letters.</summary>
    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private IEnumerable<ResourceProblem> Problems(ResourceDraft draft)
    {
        if (Line(ResourceField.Title, draft.Title, MostTitle) is { } title)
        {
            yield return title;
        }

        if (Line(ResourceField.Summary, draft.Summary, MostSummary, lines: true) is { } summary)
        {
            yield return summary;
        }

        if (!Enum.IsDefined(draft.Form))
        {
            yield return new ResourceProblem(ResourceField.Form, ResourceRefusal.Shape);
        }

        if (draft.PriceMinor is not (>= 1 and <= MostAmount))
        {
            yield return new ResourceProblem(ResourceField.Price, draft.PriceMinor is null ? ResourceRefusal.Missing : ResourceRefusal.Amount, MostAmount);
        }

        if (draft.Points is < 1 or > MostPoints)
        {
            yield return new ResourceProblem(ResourceField.Points, ResourceRefusal.Amount, MostPoints);
        }

        if (draft.Form == ResourceForm.Text && Line(ResourceField.Body, draft.Body, MostBody, lines: true) is { } body)
        {
            yield return body;
        }

        if (draft.Form == ResourceForm.Address)
        {
            if (Line(ResourceField.Address, draft.Address, MostAddress) is { } address)
            {
                yield return address;
            }
            else if (!Uri.TryCreate(draft.Address!.Trim(), UriKind.Absolute, out var uri) || !addresses.Allow(uri))
            {
                yield return new ResourceProblem(ResourceField.Address, ResourceRefusal.Address);
            }
        }
    }

    private static ResourceProblem? Line(ResourceField field, string? text, int most, bool lines = false) => text?.Trim() switch
    {
        null or "" => new ResourceProblem(field, ResourceRefusal.Missing),
        { } words when words.Length > most => new ResourceProblem(field, ResourceRefusal.TooLong, most),
        { } words when words.Any(c => char.IsControl(c) && !(lines && c is '\n' or '\r' or '\t')) => new ResourceProblem(field, ResourceRefusal.Shape),
        _ => null,
    };

    private static ResourceProblem? FileProblem(Resource resource, string name, string type, long length, long most) => resource switch
    {
        { Form: not ResourceForm.File } => new ResourceProblem(ResourceField.File, ResourceRefusal.NotAFile),
        _ when length is 0 || length > most => new ResourceProblem(ResourceField.File, ResourceRefusal.Size, most),
        _ when name.Length is 0 or > MostFileName || name.Any(char.IsControl) => new ResourceProblem(ResourceField.File, ResourceRefusal.Shape),
        _ when type.Length > MostMediaType || !IsMediaType(type) => new ResourceProblem(ResourceField.File, ResourceRefusal.Shape),
        _ => null,
    };

    private static bool IsMediaType(string type)
    {
        try
        {
            return new ContentType(type).MediaType == type;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private async Task<ResourceResult> AddAsync(ShopDbContext db, string code, ResourceDraft draft, long staffId, CancellationToken cancellationToken)
    {
        if (draft is { Form: ResourceForm.File, OnSale: true })
        {
            return ResourceResult.No(ResourceField.File, ResourceRefusal.Missing); // it has none yet
        }

        var now = clock.GetUtcNow();
        var resource = new Resource
        {
            Code = code,
            Title = draft.Title!.Trim(),
            Summary = draft.Summary!.Trim(),
            Form = draft.Form,
            PriceMinor = draft.PriceMinor!.Value,
            Points = draft.Points,
            Body = BodyOf(draft),
            Address = AddressOf(draft),
            OnSale = draft.OnSale,
            MadeAt = now,
        };
        db.Resources.Add(resource);
        Note(db, code, CatalogueField.Made, null, Summary(resource, await CurrencyAsync(db, cancellationToken)), staffId, now);
        await db.SaveChangesAsync(cancellationToken);
        return new ResourceResult.Done(code, resource.Revision);
    }

    private async Task<ResourceResult> ChangeAsync(WriteUnit unit, string code, ResourceDraft draft, int seen, long staffId, CancellationToken cancellationToken)
    {
        var (db, now) = (unit.Db, clock.GetUtcNow());
        if (await db.Resources.AsNoTracking().FirstOrDefaultAsync(r => r.Code == code, cancellationToken) is not { } old)
        {
            return new ResourceResult.Unknown();
        }

        if (draft is { Form: ResourceForm.File, OnSale: true } && old.FileLength == 0)
        {
            return ResourceResult.No(ResourceField.File, ResourceRefusal.Missing);
        }

        var (title, summary, price, body, address) = (draft.Title!.Trim(), draft.Summary!.Trim(), draft.PriceMinor!.Value, BodyOf(draft), AddressOf(draft));
        if (await db.Resources.Where(r => r.Id == old.Id && r.Revision == seen).ExecuteUpdateAsync(
                set => set.SetProperty(r => r.Title, title).SetProperty(r => r.Summary, summary).SetProperty(r => r.Form, draft.Form).SetProperty(r => r.PriceMinor, price)
                    .SetProperty(r => r.Points, draft.Points).SetProperty(r => r.Body, body).SetProperty(r => r.Address, address).SetProperty(r => r.OnSale, draft.OnSale)
                    .SetProperty(r => r.Revision, seen + 1),
                cancellationToken) == 0)
        {
            return new ResourceResult.Changed();
        }

        var changed = await db.Resources.AsNoTracking().FirstAsync(r => r.Id == old.Id, cancellationToken);
        var currency = await CurrencyAsync(db, cancellationToken);
        Note(db, code, CatalogueField.Resource, Summary(old, currency), Summary(changed, currency), staffId, now);
        await db.SaveChangesAsync(cancellationToken);
        return new ResourceResult.Done(code, changed.Revision);
    }

    private static string? BodyOf(ResourceDraft draft) => draft.Form == ResourceForm.Text ? draft.Body!.Trim() : null;

    private static string? AddressOf(ResourceDraft draft) => draft.Form == ResourceForm.Address ? draft.Address!.Trim() : null;

    private async Task<Currency> CurrencyAsync(ShopDbContext db, CancellationToken cancellationToken) =>
        (await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, cancellationToken), cancellationToken)).Money;

    private static string Summary(Resource resource, Currency currency) => string.Create(
        CultureInfo.InvariantCulture,
        $"{resource.Title}; {Words.Of(resource.Form)}; {new Money(resource.PriceMinor, currency).Plain()}{(resource.Points is { } points ? $" or {points} points" : "")}; {(resource.OnSale ? "on" : "off")} sale");

    private static void Note(ShopDbContext db, string code, CatalogueField field, string? old, string? now, long? staffId, DateTimeOffset at) =>
        db.CatalogueChanges.Add(new CatalogueChange { Sku = ResourceItem.SkuPrefix + code, Field = field, Old = Short(old), New = Short(now), At = at, ActorId = staffId, Reason = "" });

    private static string? Short(string? text) => text is { Length: > MostChange } ? text[..MostChange] : text;

    /// <summary>Writes the pieces as they come. Returns how many bytes there were; more than the most: it stopped there.</summary>
    private async Task<long> WritePartsAsync(long resourceId, int number, Stream content, long most, CancellationToken cancellationToken)
    {
        var (buffer, written) = (new byte[PartSize], 0L);
        for (var part = 0; written <= most; part++)
        {
            var read = await content.ReadAtLeastAsync(buffer, PartSize, throwOnEndOfStream: false, cancellationToken);
            if (read == 0)
            {
                break;
            }

            written += read;
            var piece = new ResourceFilePart { ResourceId = resourceId, FileNumber = number, Number = part, Bytes = buffer[..read] };
            await writes.RunAsync((unit, token) => Rows.InsertAsync(unit.Db, piece, token), cancellationToken);
        }

        return written;
    }

    private Task DropAsync(long resourceId, int number) => writes.RunAsync(
        (unit, token) => unit.Db.ResourceFileParts.Where(p => p.ResourceId == resourceId && p.FileNumber == number).ExecuteDeleteAsync(token), CancellationToken.None);

    private Task<ResourceResult> SwitchAsync(Resource resource, int number, string name, string type, long bytes, long? staffId, CancellationToken cancellationToken) => writes.RunAsync<ResourceResult>(
        async (unit, token) =>
        {
            var db = unit.Db;
            if (await db.Resources.Where(r => r.Id == resource.Id && r.FileNumber < number && r.Form == ResourceForm.File).ExecuteUpdateAsync(
                    set => set.SetProperty(r => r.FileNumber, number).SetProperty(r => r.FileName, name).SetProperty(r => r.MediaType, type).SetProperty(r => r.FileLength, bytes)
                        .SetProperty(r => r.Revision, r => r.Revision + 1),
                    token) == 0)
            {
                return new ResourceResult.Changed();
            }

            // whoever reads the file before may go on
            await db.ResourceFileParts.Where(p => p.ResourceId == resource.Id && p.FileNumber < number && p.FileNumber != resource.FileNumber).ExecuteDeleteAsync(token);
            Note(db, resource.Code, CatalogueField.File, resource.FileName, string.Create(CultureInfo.InvariantCulture, $"{name}; {bytes} bytes"), staffId, clock.GetUtcNow());
            await db.SaveChangesAsync(token);
            return new ResourceResult.Done(resource.Code, await db.Resources.Where(r => r.Id == resource.Id).Select(r => r.Revision).FirstAsync(token));
        },
        cancellationToken);
}
