using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.Payments.Sandbox;

namespace Shop.Benchmarks;

/// <summary>One more node of the shop that is measured, inside this program: the shop's services without its pages.</summary>
internal sealed class OtherNode(Place place, int shopPort, string bankKey) : IAsyncDisposable
{
    private readonly ServiceProvider services = Services(place.Database, shopPort, bankKey);

    public T Get<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>A text and a file on sale. The text's name, and the file's.</summary>
    /// <param name="text">Markdown.</param>
    /// <param name="file">What the file holds.</param>
    /// <param name="staff">The id of whoever makes them.</param>
    public async Task<(string Text, string File)> MakeResourcesAsync(string text, byte[] file, long staff)
    {
        const string words = "tides";
        const string table = "tide-table";
        var desk = Get<ResourceDesk>();
        var draft = new ResourceDraft { Code = words, Title = "On tides", Summary = "A few pages.", Form = ResourceForm.Text, PriceMinor = 200, Body = text, OnSale = true };
        Done(await desk.SaveAsync(draft, null, staff, CancellationToken.None));
        var ofFile = draft with { Code = table, Form = ResourceForm.File, Body = null, OnSale = false };
        Done(await desk.SaveAsync(ofFile, null, staff, CancellationToken.None));
        using var content = new MemoryStream(file);
        var revision = Done(await desk.SetFileAsync(table, content, "table.bin", "application/octet-stream", file.Length, CancellationToken.None, staff));
        Done(await desk.SaveAsync(ofFile with { OnSale = true }, revision, staff, CancellationToken.None));
        return (words, table);
    }

    /// <summary>Staff give an order back, as they would at the desk of this node.</summary>
    public async Task RefundAsync(string number, long staff)
    {
        var line = await Get<Writes>().ReadAsync(
            (db, token) => db.OrderLines.Where(l => db.Orders.Any(o => o.Id == l.OrderId && o.Number == number)).Select(l => new { l.Id, l.OrderId, l.DueMinor }).SingleAsync(token),
            CancellationToken.None);
        var wish = new StaffRefund { Key = Guid.CreateVersion7(), OrderId = line.OrderId, Reason = "bench", Shares = [new LineShare(line.Id, line.DueMinor, 0)] };
        if (await Get<RefundDesk>().RefundAsync(wish, staff, CancellationToken.None) is not StaffRefundResult.Made { State: RefundState.Succeeded })
        {
            throw new InvalidOperationException("The refund was not made.");
        }
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private static ServiceProvider Services(ShopDatabase database, int shopPort, string bankKey)
    {
        var collection = new ServiceCollection();
        collection.AddLogging();
        collection.Configure<IdentityOptions>(IdentityStore.Configure);
        collection.AddSingleton(TimeProvider.System);
        database.Register(collection, watched: false);
        collection.AddShopCore();
        collection.AddPaymentGateway();
        collection.AddPaymentPlugin<SandboxPlugin>(new ConfigurationBuilder().AddInMemoryCollection([new("Payments:Sandbox:ApiKey", bankKey)]).Build());
        collection.AddSingleton<SandboxAddress>(() => new Uri($"http://127.0.0.1:{shopPort}"));
        collection.AddSingleton(new ShopLinks(() => new Uri("https://127.0.0.1/")));
        collection.AddSingleton<LinkKeySource>(_ => ValueTask.FromResult(new byte[32])); // this node sends no links
        return collection.BuildServiceProvider();
    }

    private static int Done(ResourceResult result) =>
        result is ResourceResult.Done done ? done.Revision : throw new InvalidOperationException($"The resource was not made: {result}");
}
