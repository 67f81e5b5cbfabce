using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Hooks;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Events;

/// <summary>Where the settings do not allow more, calls reach the public internet only, whatever a name leads to.</summary>
public abstract class EventHookGuardTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>Names that were public when they were given, and lead elsewhere now; one has a private address among public ones.</summary>
    private static readonly Dictionary<string, IPAddress[]> Turned = new()
    {
        ["machine.example"] = [IPAddress.Loopback], ["machine6.example"] = [IPAddress.IPv6Loopback], ["cloud.example"] = [IPAddress.Parse("169.254.169.254")],
        ["mapped.example"] = [IPAddress.Parse("::ffff:127.0.0.1")], ["mixed.example"] = [IPAddress.Parse("1.1.1.1"), IPAddress.Parse("10.0.0.8")],
    };

    protected override ShopSettings Settings => new() { Services = services => services.AddSingleton<HostLookup>((host, _) => Task.FromResult(Turned[host])) };

    [Fact]
    public async Task S23_NamesThatLeadInside_AreNotCalled_AndTheDeskSaysWhy()
    {
        using var machine = new TcpListener(IPAddress.Loopback, 0);
        machine.Start();
        var admin = await Shop.SignInAsync("admin");
        var id = await IdAsync("admin");
        await WriteAsync(async (db, token) =>
        {
            db.EventReceivers.AddRange(Turned.Keys.Select(name => new EventReceiver { Address = $"https://{name}:{((IPEndPoint)machine.LocalEndpoint).Port}/", MadeBy = id, MadeAt = Now }));
            await db.SaveChangesAsync(token);
            return await Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [new EventTerms { OrderPaid = Words.Of(EventRoute.Both) }], null, "test", Now, token);
        });
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        await MailsAsync(Address(name));
        var rows = (await admin.GetAsync("/admin/events")).All("failed-message").Where(r => r.GetAttribute("data-kind") == OutboxKinds.EventHook).ToList();
        Assert.Equal(Turned.Count, rows.Count);
        Assert.All(rows, row => Assert.Contains("its name leads to no public address", row.TextContent, StringComparison.Ordinal));
        Assert.False(machine.Pending());
    }
}

public sealed class EventHookGuardTests_Sqlite(SqliteDatabase database) : EventHookGuardTests(database), IClassFixture<SqliteDatabase>;

public sealed class EventHookGuardTests_Postgres(PostgresDatabase database) : EventHookGuardTests(database), IClassFixture<PostgresDatabase>;
