using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>
/// The shop kills itself while it takes in what the bank tells it (scenarios.md K10 to K12, W13). The bank sends again, or the inbox goes on:
/// one row, one effect, although the buyer never came back.
/// </summary>
public abstract class WebhookKillTests(TestDatabase database) : KilledPurchaseTests(database, webhooks: true)
{
    private const string Taken = "payment.captured: the receiver answered 200";

    [Theory(Timeout = 600_000)]
    [InlineData("K10", 0)]
    [InlineData("K11", 1)]
    [InlineData("K12", 1)]
    public async Task W13_KilledInAWebhook_OneRowAndOneEffect(string point, int rowsAtItsDeath)
    {
        var buyer = await Site.RegisterAsync();
        await buyer.Visitor.AddAsync("paid1");
        var bankPage = await buyer.PlaceAsync();
        await Site.WorkAsync(Cancel, Shop);
        var before = Site.Bank.Count(Taken);
        Shop.Arm(point);
        await buyer.Visitor.AskAsync(bankPage.Submission("main form", "ok", []));

        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains($"Killed at {point}", Shop.Process.Lines);
        var payment = bankPage.Address.Segments[^1];
        Assert.Equal(rowsAtItsDeath, (await RowsAsync(payment)).Count);
        Assert.Single(await Site.DifferencesAsync(Cancel));

        await Shop.StartAsync(Cancel);
        await RecoverAsync();
        if (Site.Bank.Count(Taken) == before)
        {
            await Site.Bank.Process.LineAsync(Taken, Cancel, before + 1);
        }

        await Site.WorkAsync(Cancel, Shop);
        Assert.NotNull(Assert.Single(await RowsAsync(payment)).ProcessedAt);
        await ConvergedAsync(buyer, 1);
    }

    private Task<List<WebhookEvent>> RowsAsync(string payment) =>
        Site.ReadAsync(db => db.WebhookInbox.AsNoTracking().Where(r => r.Type == "payment.captured" && r.Body.Contains(payment)).ToListAsync(Cancel));
}

public sealed class WebhookKillTests_Sqlite(SqliteDatabase database) : WebhookKillTests(database), IClassFixture<SqliteDatabase>;

public sealed class WebhookKillTests_Postgres(PostgresDatabase database) : WebhookKillTests(database), IClassFixture<PostgresDatabase>;
