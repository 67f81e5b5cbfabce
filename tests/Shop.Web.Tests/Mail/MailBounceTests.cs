using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Mail;

/// <summary>A real mail server that has no such mailbox, or is busy.</summary>
public sealed class MailBounceTests(SqliteDatabase database) : BuyingTests(database), IClassFixture<SqliteDatabase>
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
    }

    [Fact]
    public async Task Mailbox_ThatIsNotThere_IsTriedOnce_OneThatIsBusy_LaterAndOnce()
    {
        var buyer = await Shop.SignInAsync("admin");
        await buyer.BuyAsync("paid1", ("Recipient", "friend"));
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        await Shop.WorkAsync(Cancel);
        Assert.Equal([(OutboxKinds.Gift, true, "refused by the mail server (550)"), (OutboxKinds.Receipt, false, "the mail server: LocalErrorInProcessing")], await FailuresAsync());

        Shop.Clock.Advance(TimeSpan.FromMinutes(1));
        await Shop.WorkAsync(Cancel);
        var mail = await server!.NextAsync(Cancel);
        Assert.Equal(["admin@example.org"], mail.Recipients);
        Assert.Equal([(OutboxKinds.Gift, true, "refused by the mail server (550)")], await FailuresAsync());
        Assert.Equal(2, await ReadAsync(db => db.Outbox.CountAsync(r => r.DoneAt != null, Cancel)));
    }

    private Task<List<(string Kind, bool Done, string Failure)>> FailuresAsync() => ReadAsync(async db =>
        (await db.Outbox.Where(r => r.Failure != null).OrderBy(r => r.Kind).ToListAsync(Cancel)).Select(r => (r.Kind, r.DoneAt != null, r.Failure!)).ToList());
}
