using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Api;

/// <summary>What a call answered.</summary>
public sealed record Answered(int Status, JsonElement Body, HttpResponseMessage Response)
{
    public string? Text(string name) => Body.GetProperty(name).GetString();

    public string Id => Text("id")!;

    public string? Code => Text("code");

    public string? Header(string name) => Response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    /// <summary>The code of a field's first error.</summary>
    public string? Error(string field) => Body.GetProperty("errors").GetProperty(field)[0].GetProperty("code").GetString();

    public IReadOnlyList<string> Ids => [.. Body.GetProperty("objects").EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];
}

/// <summary>A program of a seller's: knows its key, and nothing of the shop but its interface.</summary>
public sealed class SellerProgram(HttpClient http, long sellerId, string handle, string key)
{
    private int keys;

    public long SellerId => sellerId;

    public string Handle => handle;

    public string Key { get; } = key;

    public HttpClient Http => http;

    public static async Task<SellerProgram> OpenAsync(ShopHost shop, CancellationToken cancellationToken)
    {
        var (desk, handle) = (shop.Services.GetRequiredService<SellerDesk>(), "seller-" + Codes.New(8));
        var staff = await shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).FirstAsync(token), cancellationToken);
        var made = await desk.CreateAsync(new SellerForm(handle, "Moon Wiki", "help@moon.example", null), staff, cancellationToken);
        var id = Assert.IsType<SellerResult.Done>(made).Id;
        return new SellerProgram(shop.NewVisitor().Http, id, handle, await IssueAsync(shop, id, All, null, cancellationToken));
    }

    public static KeyScopes All => KeyScopes.Read | KeyScopes.Buyers | KeyScopes.Methods | KeyScopes.Subscriptions | KeyScopes.Charges | KeyScopes.Refunds;

    public static async Task<string> IssueAsync(ShopHost shop, long sellerId, KeyScopes scopes, DateTimeOffset? expires, CancellationToken cancellationToken)
    {
        var staff = await shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).FirstAsync(token), cancellationToken);
        return Assert.IsType<KeyResult.Made>(await shop.Services.GetRequiredService<SellerKeys>().IssueAsync(sellerId, scopes, expires, staff, cancellationToken)).Secret;
    }

    public async Task<string> ProductAsync(ShopHost shop, Func<SellerProductForm, SellerProductForm>? change = null)
    {
        var code = "p-" + Codes.New(8);
        var form = new SellerProductForm { Code = code, Title = "Gold", Sale = SellerSale.Recurring, Pricing = SellerPricing.Fixed, AmountMinor = 500, Months = 1, SignIn = SellerSignIn.Account, OnSale = true };
        var staff = await shop.ReadAsync((db, token) => db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).FirstAsync(token), TestContext.Current.CancellationToken);
        var made = await shop.Services.GetRequiredService<SellerDesk>().AddProductAsync(sellerId, change?.Invoke(form) ?? form, staff, TestContext.Current.CancellationToken);
        Assert.IsType<SellerResult.Done>(made);
        return code;
    }

    /// <summary>The same seller with another key.</summary>
    public SellerProgram With(string other) => new(http, sellerId, handle, other);

    public Task<Answered> GetAsync(string address) => SendAsync(HttpMethod.Get, address, null, null);

    public Task<Answered> PostAsync(string path, object body, string? key = null) =>
        SendAsync(HttpMethod.Post, "/api/v1" + path, body, key ?? string.Create(CultureInfo.InvariantCulture, $"k{Interlocked.Increment(ref keys)}-{Codes.New(6)}"));

    public Task<Answered> PatchAsync(string path, object body) => SendAsync(HttpMethod.Patch, "/api/v1" + path, body, null);

    public Task<Answered> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, "/api/v1" + path, null, null);

    public async Task<Answered> SendAsync(HttpMethod method, string address, object? body, string? key, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body, body.GetType()),
        };
        change?.Invoke(request);
        var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return new Answered((int)response.StatusCode, answer.Length == 0 ? default : JsonDocument.Parse(answer).RootElement, response);
    }

    public async Task<string> BuyerAsync() => (await PostAsync("/buyer", new { uuid = Codes.New(12) })).Id;

    /// <summary>A test card that the buyer has just entered.</summary>
    public async Task<string> CardAsync(string buyer, string card = "ok")
    {
        var token = (await PostAsync("/provider/tokenized-payment-method", new { buyer, card })).Text("token");
        var made = await PostAsync("/payment", new { buyer, token });
        Assert.Equal(201, made.Status);
        return made.Id;
    }

    /// <summary>A subscription that waits for its first payment.</summary>
    public async Task<string> BeginAsync(string buyer, string product, string card = "ok")
    {
        var made = await PostAsync("/subscription", new { buyer, product, payment = await CardAsync(buyer, card) });
        Assert.Equal(201, made.Status);
        return made.Id;
    }

    /// <summary>Starts and charges what is due.</summary>
    public async Task<Answered> ChargeAsync(string subscription)
    {
        var transaction = await PostAsync("/transaction", new { subscription });
        Assert.Equal(201, transaction.Status);
        return await PostAsync("/provider/charge-subscription", new { transaction = transaction.Id });
    }
}
