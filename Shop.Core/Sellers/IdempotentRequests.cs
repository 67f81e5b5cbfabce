using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Where a request with a key stands when it comes in.</summary>
public abstract record RequestTurn
{
    private RequestTurn() { }

    /// <summary>It is done now, by whoever got this.</summary>
    /// <param name="Id">The row that its answer is kept in.</param>
    /// <param name="Since">Since when it is done: whoever took it over from somebody who was cut off has another time.</param>
    /// <param name="IsTakenOver">It was begun before and cut off; what it left behind is there.</param>
    public sealed record Go(long Id, DateTimeOffset Since, bool IsTakenOver) : RequestTurn;

    /// <summary>The same request is under way.</summary>
    public sealed record Running : RequestTurn;

    /// <summary>It was done: the answer that it got.</summary>
    public sealed record Done(int Status, string Answer) : RequestTurn;

    /// <summary>The key stands for another request.</summary>
    public sealed record OtherRequest : RequestTurn;

    /// <summary>Its sender has as many keys as are kept.</summary>
    public sealed record TooMany : RequestTurn;
}

/// <summary>
/// Requests that must not happen twice (exactly-once.md section 12): the key's row is committed before anything is done, so that of many at once one does it and the
/// others see that it does.
/// </summary>
public sealed class IdempotentRequests(Writes writes, TimeProvider clock)
{
    public const int LongestKey = 255;

    /// <summary>The most keys of one sender: as many as its limit of writes lets it make in a day, and some.</summary>
    public const int MostOfPrincipal = 50_000;

    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>No request lives so long; one that began before was cut off.</summary>
    public static readonly TimeSpan CutOffAfter = TimeSpan.FromMinutes(2);

    private const int TidiedAtOnce = 1_000;

    private static readonly PerModel<Func<ShopDbContext, string, string, CancellationToken, Task<ApiRequest?>>> ByKey = new(() =>
        EF.CompileAsyncQuery((ShopDbContext db, string principal, string key, CancellationToken _) =>
            db.ApiRequests.AsNoTracking().FirstOrDefault(k => k.Principal == principal && k.Key == key)));

    /// <summary>Whether a text can be a key: printable ASCII without spaces.</summary>
    public static bool IsKey(string? key) => key is { Length: > 0 and <= LongestKey } && key.All(c => c is > ' ' and <= '~');

    /// <summary>Who may do the request.</summary>
    public async Task<RequestTurn> BeginAsync(string principal, string key, string requestHash, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (at, running) = (now.ToUnixTimeMilliseconds(), Words.Of(ApiRequestState.Running));
        var there = await writes.ReadAsync((db, token) => ByKey.For(db)(db, principal, key, token), cancellationToken);
        if (there is not null && there.MadeAt + KeptFor > now)
        {
            return await AgainAsync(there, requestHash, now, cancellationToken);
        }

        return await writes.RunAsync<RequestTurn>(
            async (unit, token) =>
            {
                var db = unit.Db;
                if (there is not null)
                {
                    await db.ApiRequests.Where(k => k.Id == there.Id && k.MadeAt == there.MadeAt).ExecuteDeleteAsync(token); // its time is over
                }

                if (await db.ApiRequests.Where(k => k.Principal == principal).OrderBy(k => k.Key).Skip(MostOfPrincipal - 1).AnyAsync(token))
                {
                    return new RequestTurn.TooMany();
                }

                var added = await db.Database.ExecuteSqlAsync(
                    $"""
                    INSERT INTO api_idempotency (principal, key, request_hash, state, made_at)
                    VALUES ({principal}, {key}, {requestHash}, {running}, {at}) ON CONFLICT DO NOTHING
                    """,
                    token);
                var row = (await ByKey.For(db)(db, principal, key, token))!;
                return added == 1 ? new RequestTurn.Go(row.Id, row.MadeAt, IsTakenOver: false) : Judge(row, requestHash);
            },
            cancellationToken);
    }

    /// <summary>Keeps the answer. Nothing where somebody else has taken the request over.</summary>
    public Task EndAsync(RequestTurn.Go turn, int status, string answer, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return writes.RunAsync(
            (unit, token) => Own(unit.Db, turn).ExecuteUpdateAsync(
                set => set.SetProperty(k => k.State, ApiRequestState.Done).SetProperty(k => k.Status, status).SetProperty(k => k.Answer, answer).SetProperty(k => k.DoneAt, now), token),
            cancellationToken);
    }

    /// <summary>It came to nothing that could be answered again, such as a fault of ours: the same key may be sent once more at once.</summary>
    public Task DropAsync(RequestTurn.Go turn, CancellationToken cancellationToken)
    {
        // taken over by whoever sends it next, who then sees what it left behind
        var before = turn.Since - CutOffAfter;
        return writes.RunAsync((unit, token) => Own(unit.Db, turn).ExecuteUpdateAsync(set => set.SetProperty(k => k.MadeAt, before), token), cancellationToken);
    }

    /// <summary>Removes what is kept no longer.</summary>
    public Task RemoveOldAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - KeptFor;
        return writes.RunAsync(
            async (unit, token) =>
            {
                var old = await unit.Db.ApiRequests.Where(k => k.MadeAt <= before).OrderBy(k => k.MadeAt).Take(TidiedAtOnce).Select(k => k.Id).ToListAsync(token);
                await unit.Db.ApiRequests.Where(k => old.Contains(k.Id)).ExecuteDeleteAsync(token);
            },
            cancellationToken);
    }

    private static IQueryable<ApiRequest> Own(ShopDbContext db, RequestTurn.Go turn) =>
        db.ApiRequests.Where(k => k.Id == turn.Id && k.State == ApiRequestState.Running && k.MadeAt == turn.Since);

    private async Task<RequestTurn> AgainAsync(ApiRequest there, string requestHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (there.State == ApiRequestState.Done || there.RequestHash != requestHash || there.MadeAt + CutOffAfter > now)
        {
            return Judge(there, requestHash);
        }

        // of several who see that it was cut off one takes it over
        return await writes.RunAsync(
            (unit, token) => unit.Db.ApiRequests.Where(k => k.Id == there.Id && k.State == ApiRequestState.Running && k.MadeAt == there.MadeAt)
                .ExecuteUpdateAsync(set => set.SetProperty(k => k.MadeAt, now), token),
            cancellationToken) == 1
            ? new RequestTurn.Go(there.Id, DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()), IsTakenOver: true)
            : new RequestTurn.Running();
    }

    private static RequestTurn Judge(ApiRequest row, string requestHash) => row switch
    {
        _ when row.RequestHash != requestHash => new RequestTurn.OtherRequest(),
        { State: ApiRequestState.Done } => new RequestTurn.Done(row.Status!.Value, row.Answer ?? ""),
        _ => new RequestTurn.Running(),
    };
}
