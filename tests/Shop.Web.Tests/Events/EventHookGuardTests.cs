using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Events;

/// <summary>Where the settings do not allow more, calls reach the public internet only, whatever a name leads to.</summary>
public abstract class EventHookGuardTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task Name_ThatLeadsToThisMachine_IsNotCalled_AndTheDeskSaysWhy()
    {
        var admin = await Shop.SignInAsync("admin");
        var id = await IdAsync("admin");
        await WriteAsync(async (db, token) =>
        {
            // as if a name that was public had been pointed here afterwards
            db.EventReceivers.Add(new EventReceiver { Address = "https://localhost/", MadeBy = id, MadeAt = Now });
            await db.SaveChangesAsync(token);
            return await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [new EventTerms { OrderPaid = Words.Of(EventRoute.Both) }], null, "test", Now, token);
        });
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        await MailsAsync(Address(name));
        var row = (await admin.GetAsync("/admin/events")).All("failed-message").Single(r => r.GetAttribute("data-kind") == OutboxKinds.EventHook);
        Assert.Contains("its name leads to no public address", row.TextContent, StringComparison.Ordinal);
    }
}

public sealed class EventHookGuardTests_Sqlite(SqliteDatabase database) : EventHookGuardTests(database), IClassFixture<SqliteDatabase>;

public sealed class EventHookGuardTests_Postgres(PostgresDatabase database) : EventHookGuardTests(database), IClassFixture<PostgresDatabase>;
