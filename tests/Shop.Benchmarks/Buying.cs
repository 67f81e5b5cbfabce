using System.Text;

namespace Shop.Benchmarks;

/// <summary>A step that did not answer as it must.</summary>
internal sealed class FailedStepException(string step, Answer answer) : Exception($"{step}: {answer.Status} to '{answer.Location}' {Cut(answer.Text)}")
{
    private static string Cut(string text) => text.Length > 400 ? text[..400] : text;
}

/// <summary>What a person does in a browser, over one connection. Pages are read by plain search.</summary>
internal static class Buying
{
    public const string Sku = "paid1";

    public static async Task SignInAsync(Wire wire, string name, string password)
    {
        await wire.GetAsync("/account/login");
        await wire.PostAsync("/account/login", $"UserName={name}&Password={password}&{Token(wire.Last)}");
        Expect("sign in", wire.Last, wire.Last is { Status: 302, Location: { } to } && !to.StartsWith("/account/login", StringComparison.Ordinal));
    }

    /// <summary>
    /// The complete checkout: product, into the cart, confirmation, place, the bank's page, its “ok”, the way back, and the order, which must stand
    /// fulfilled. Each step's end is noted in <paramref name="steps"/>.
    /// </summary>
    public static async Task CheckOutAsync(Wire wire, Action<int> steps)
    {
        await wire.GetAsync($"/shop/{Sku}");
        Expect("product", wire.Last, wire.Last.Status == 200);
        steps(0);

        await wire.PostAsync($"/shop/{Sku}", $"Quantity=1&Recipient=&Note=&{Token(wire.Last)}");
        Expect("add", wire.Last, wire.Last is { Status: 302, Location: "/cart" });
        steps(1);

        await wire.GetAsync("/checkout");
        Expect("checkout", wire.Last, wire.Last.Status == 200);
        steps(2);

        await wire.PostAsync("/checkout", $"Shown={Field(wire.Last, "name=\"Shown\" value=\"")}&Provider=sandbox&{Token(wire.Last)}");
        Expect("place", wire.Last, wire.Last is { Status: 302, Location: { } bank } && bank.StartsWith("/sandbox/pay/", StringComparison.Ordinal));
        steps(3);

        await PayAtBankAsync(wire, steps);

        await wire.GetAsync(wire.Last.Location!);
        Expect("return", wire.Last, wire.Last is { Status: 302, Location: { } order } && order.StartsWith("/orders/", StringComparison.Ordinal));
        steps(6);

        await wire.GetAsync(wire.Last.Location!);
        Expect("order", wire.Last, wire.Last.Status == 200 && wire.Last.Body.IndexOf("data-state=\"fulfilled\""u8) > 0);
        steps(7);
    }

    public static IReadOnlyList<string> Steps { get; } = ["product", "add", "checkout", "place", "bank page", "bank ok", "return", "order page"];

    /// <summary>From the page of an order of a paid resource to where it leads when it is paid; the last answer is the redirect there.</summary>
    /// <param name="wire">Whoever pays.</param>
    /// <param name="wall">The page's address, as the storefront gave it.</param>
    public static async Task PayForReadingAsync(Wire wire, string wall)
    {
        await wire.GetAsync(wall);
        Expect("order to be paid", wire.Last, wire.Last.Status == 402);
        await wire.PostAsync(wall.Replace("?", "/claim?", StringComparison.Ordinal), Token(wire.Last));
        Expect("claim", wire.Last, wire.Last is { Status: 302, Location: { } claimed } && claimed.EndsWith("/pay", StringComparison.Ordinal));
        var pay = wire.Last.Location!;
        await wire.GetAsync(pay);
        Expect("pay", wire.Last, wire.Last.Status == 200);
        await wire.PostAsync(pay, $"Provider=sandbox&{Token(wire.Last)}");
        Expect("to the bank", wire.Last, wire.Last is { Status: 302, Location: { } bank } && bank.StartsWith("/sandbox/pay/", StringComparison.Ordinal));
        await PayAtBankAsync(wire, _ => { });
        await wire.GetAsync(wire.Last.Location!);
        Expect("return", wire.Last, wire.Last.Status == 302);
    }

    /// <summary>The bank's page and its “ok”; the last answer is the redirect back to the shop.</summary>
    private static async Task PayAtBankAsync(Wire wire, Action<int> steps)
    {
        var page = wire.Last.Location!;
        await wire.GetAsync(page);
        Expect("bank", wire.Last, wire.Last.Status == 200);
        steps(4);

        await wire.PostAsync(page, $"outcome=ok&token={Field(wire.Last, "name=\"token\" value=\"")}");
        Expect("ok", wire.Last, wire.Last is { Status: 303, Location: { } back } && back.StartsWith("/checkout/", StringComparison.Ordinal));
        steps(5);
    }

    /// <summary>Puts one product into the cart and leaves it there.</summary>
    public static async Task FillCartAsync(Wire wire)
    {
        await wire.GetAsync($"/shop/{Sku}");
        await wire.PostAsync($"/shop/{Sku}", $"Quantity=1&Recipient=&Note=&{Token(wire.Last)}");
        Expect("add", wire.Last, wire.Last is { Status: 302, Location: "/cart" });
    }

    public static void Expect(string step, Answer answer, bool isRight)
    {
        if (!isRight)
        {
            throw new FailedStepException(step, answer);
        }
    }

    // the form of the page's main part is the last one with a token
    private static string Token(Answer page)
    {
        const string Name = "__RequestVerificationToken";
        return $"{Name}={Field(page, $"name=\"{Name}\" type=\"hidden\" value=\"")}";
    }

    private static string Field(Answer page, string before)
    {
        var start = page.Body.LastIndexOf(Encoding.ASCII.GetBytes(before));
        if (start < 0)
        {
            throw new FailedStepException(before, page);
        }

        var value = page.Body[(start + before.Length)..];
        return Uri.EscapeDataString(Encoding.ASCII.GetString(value[..value.IndexOf((byte)'"')]));
    }
}
