using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Mail;

/// <summary>A real mail server that has no such mailbox, or is busy.</summary>
public abstract class MailBounceTests(TestDatabase database) : BuyingTests(database)
{
    private SmtpCatcher? server;

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?>
        {
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Mail:Smtp:Port"] = server!.Port.ToString(CultureInfo.InvariantCulture),
            ["Mail:Smtp:StartTls"] = "false",
        },
    };

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(SmtpCatcher.Absent is not null, SmtpCatcher.Absent ?? "");
        server = await SmtpCatcher.StartAsync(Cancel, new SmtpBehaviour(Refuse: ["friend@example.org"], Busy: ["admin@example.org"]));
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        server?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Mailbox_ThatIsNotThere_IsTriedOnce_OneThatIsBusy_LaterAndOnce()
    {
        var buyer = await Shop.SignInAsync("admin");
        await buyer.BuyAsync("paid1", ("Recipient", "friend"));
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        await Shop.WorkAsync(Cancel);
        Assert.Equal([(OutboxKinds.Gift, true, "refused by the mail server (550)"), (OutboxKinds.Receipt, false, "the mail server: MailboxBusy")], await FailuresAsync());

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.WorkAsync(Cancel);
        var mail = await server!.NextAsync(Cancel);
        Assert.Equal(["admin@example.org"], mail.Recipients);
        Assert.Equal([(OutboxKinds.Gift, true, "refused by the mail server (550)")], await FailuresAsync());
        Assert.False(await ReadAsync(db => db.Outbox.AnyAsync(r => r.DoneAt == null, Cancel)));

        // its member sees it, whoever's mailbox was only busy does not
        Assert.Contains("A mail to friend@example.org came back", (await (await Shop.SignInAsync("friend")).GetAsync("/account")).Text("mail-returned"), StringComparison.Ordinal);
        Assert.Null((await buyer.GetAsync("/account")).Find("mail-returned"));
    }

    private Task<List<(string Kind, bool Done, string Failure)>> FailuresAsync() => ReadAsync(async db =>
        (await db.Outbox.Where(r => r.Failure != null).OrderBy(r => r.Kind).ToListAsync(Cancel)).Select(r => (r.Kind, r.DoneAt != null, r.Failure!)).ToList());
}

public sealed class MailBounceTests_Sqlite(SqliteDatabase database) : MailBounceTests(database), IClassFixture<SqliteDatabase>;

public sealed class MailBounceTests_Postgres(PostgresDatabase database) : MailBounceTests(database), IClassFixture<PostgresDatabase>;
