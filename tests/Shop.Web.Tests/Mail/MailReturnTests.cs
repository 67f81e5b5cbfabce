using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Mail;

/// <summary>Mails that a mail server took and that came back later (docs/adr/0035).</summary>
public abstract class MailReturnTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task Mail_ThatComesBackLater_ShowsOnTheAccountAndAtTheDesk_UntilItWorksAgain()
    {
        var (member, admin) = (await Shop.SignInAsync("member"), await Shop.SignInAsync("admin"));
        await member.AddAsync("paid1");
        await member.PlaceAsync(); // in points
        await Shop.Services.GetRequiredService<EventRun>().PassAsync(Cancel);
        var now = Now;
        await WriteAsync((db, token) => db.Outbox.Where(r => r.DoneAt == null).ExecuteUpdateAsync(set => set.SetProperty(r => r.DoneAt, now), token)); // taken by a mail server
        var sent = await ReadAsync(db => db.Outbox.Where(r => r.Kind == OutboxKinds.Receipt).OrderByDescending(r => r.Id).Select(r => r.DedupeKey).FirstAsync(Cancel));
        var returns = Shop.Services.GetRequiredService<MailReturns>();
        Assert.Equal(new ReturnedResult(0, false), await returns.NoteAsync("Member@Example.org", "<0123@localhost>", Cancel)); // about no mail of ours
        Assert.Null((await member.GetAsync("/account")).Find("mail-returned"));
        Assert.Equal(new ReturnedResult(1, true), await returns.NoteAsync("Member@Example.org", $"<{OutboxRow.MailName(sent)}@localhost>", Cancel));

        var page = await member.GetAsync("/account");
        Assert.Contains("A mail to member@example.org came back", page.Text("mail-returned"), StringComparison.Ordinal);
        Assert.NotNull((await admin.GetAsync("/admin/members/member")).Find("mail-returned"));
        Assert.Null((await admin.GetAsync("/admin/members/admin")).Find("mail-returned"));
        Assert.Contains(MailReturns.Returned, (await admin.GetAsync("/admin/events")).Main(), StringComparison.Ordinal);

        var works = await member.SubmitAsync(page, "form[action*=MailWorks]", null);
        Assert.Null(works.Find("mail-returned"));
        Assert.Null((await admin.GetAsync("/admin/members/member")).Find("mail-returned"));
        await returns.NoteAsync("member@example.org", null, Cancel);
        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == "member")
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, "new@example.org").SetProperty(m => m.NormalizedEmail, "NEW@EXAMPLE.ORG"), token));
        Assert.Null((await member.GetAsync("/account")).Find("mail-returned")); // another address begins anew
        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == "member")
            .ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, "member@example.org").SetProperty(m => m.NormalizedEmail, "MEMBER@EXAMPLE.ORG"), token));
    }
}

public sealed class MailReturnTests_Sqlite(SqliteDatabase database) : MailReturnTests(database), IClassFixture<SqliteDatabase>;

public sealed class MailReturnTests_Postgres(PostgresDatabase database) : MailReturnTests(database), IClassFixture<PostgresDatabase>;
