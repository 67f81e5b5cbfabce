using System.Net;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.Payments.Taler;
using Shop.TestKit;
using Shop.Web.Tests.Api;

namespace Shop.Web.Tests.Paywall;

/// <summary>The public page of an order of the matrix: who is answered what, in HTML, JSON and text.</summary>
public abstract class OrderWallTests(TestDatabase database) : PaywallTests(database)
{
    private const string Nobody = "22222222222222222222222222";
    private const int WaitsAtOnce = 2;
    private static readonly int[] Allowed = [200, 202, 302, 402, 403, 404, 406];

    /// <summary>Room for many orders of one key at once.</summary>
    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["Limits:ApiAtOnce"] = "64", ["Limits:OrderWaitsAtOnce"] = $"{WaitsAtOnce}" } };

    private async Task<(Visitor Visitor, Uri Wall, string Order)> ArriveAsync(string code)
    {
        var visitor = Shop.NewVisitor();
        var wall = (await AskAsync(visitor, AddressOf(code))).Headers.Location!;
        return (visitor, wall, wall.Segments[^1]);
    }

    /// <summary>Every state, credential, token and way to buy anew of section 4, made and asked over HTTP.</summary>
    [Fact]
    public async Task P1_Section4_EveryStateAndCredential_IsAnsweredAsTheMatrixSays()
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var wrong = new List<string>();
        foreach (var state in new[] { MatrixState.Unclaimed, MatrixState.Claimed, MatrixState.Paid })
        {
            foreach (var hasToken in new[] { true, false })
            {
                foreach (var reorder in new[] { "https://site.example/again", null })
                {
                    var (session, unique) = ("s" + Codes.New(12), Codes.New(10));
                    var made = await seller.SendAsync(HttpMethod.Post, "/private/orders", Wish(unique, session, hasToken, reorder), null);
                    Assert.Equal(200, made.Status);
                    var (order, token) = (made.Text("order_id")!, hasToken ? made.Text("token") : null);
                    await BringToAsync(state, order, token, session);
                    var hash = await ReadAsync(db => db.MatrixOrders.Where(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == order)).Select(m => m.ContractHash).SingleAsync(Cancel));
                    foreach (var (credential, query) in Credentials(token, hash))
                    {
                        foreach (var by in new[] { session, "another", null })
                        {
                            var address = $"/orders/{order}?{query}{(by is null ? "" : $"&session_id={by}")}";
                            foreach (var accept in new[] { "application/json", "text/html", "text/plain" })
                            {
                                var answer = await AskAsync(Shop.NewVisitor(), address, accept);
                                var expected = by == session ? Expected(state, hasToken, reorder is not null, credential, accept == "text/html") : 0;
                                if (!Allowed.Contains((int)answer.StatusCode) || (expected > 0 && expected != (int)answer.StatusCode))
                                {
                                    wrong.Add($"{state} {(hasToken ? "T" : "no T")} {(reorder is null ? "no way" : "reorder")} {credential} {by} {accept}: {(int)answer.StatusCode}, not {expected}");
                                }
                            }
                        }
                    }
                }
            }
        }

        Assert.Empty(wrong);
    }

    private static object Wish(string unique, string session, bool hasToken, string? reorder)
    {
        var wish = new Dictionary<string, object>
        {
            ["summary"] = "A page", ["amount"] = "USD:1.50", ["fulfillment_url"] = $"https://site.example/{unique}", ["session_id"] = session, ["create_token"] = hasToken,
        };
        if (reorder is not null)
        {
            wish["public_reorder_url"] = reorder;
        }

        return wish;
    }

    /// <summary>0: there is no such case. People are led on to what is paid.</summary>
    private static int Expected(MatrixState state, bool hasToken, bool hasReorder, MatrixCredential credential, bool html)
    {
        var status = StatusMatrix.Of($"{state}".ToLowerInvariant() + (hasToken ? hasReorder ? ", T, reorder" : ", T" : ""))[(int)credential];
        return html && status == 200 ? 302 : status;
    }

    private static IEnumerable<(MatrixCredential, string)> Credentials(string? token, string hash)
    {
        yield return (MatrixCredential.None, "");
        yield return (MatrixCredential.WrongToken, "token=" + Codes.New(32));
        yield return (MatrixCredential.RightHash, "h_contract=" + hash);
        yield return (MatrixCredential.WrongHash, "h_contract=" + new string('0', hash.Length));
        if (token is not null)
        {
            yield return (MatrixCredential.RightToken, "token=" + token);
            yield return (MatrixCredential.RightToken, "claim_token=" + token);
        }
    }

    private async Task BringToAsync(MatrixState state, string order, string? token, string session)
    {
        if (state == MatrixState.Unclaimed)
        {
            return;
        }

        var payer = Shop.NewVisitor();
        var wall = await payer.GetAsync($"/orders/{order}?{(token is null ? "" : $"token={token}&")}session_id={session}");
        if (state == MatrixState.Claimed)
        {
            await payer.SubmitAsync(wall, "form:has([data-testid=pay-here])", null);
        }
        else
        {
            await PayAsync(payer, wall);
        }
    }

    [Fact]
    public async Task TF_28_UnknownOrder_IsNotThereInEveryForm()
    {
        foreach (var query in new[] { "", "?token=x", "?h_contract=x", "?session_id=x", "?token=x&session_id=y" })
        {
            var page = await Shop.NewVisitor().GetAsync($"/orders/{Nobody}{query}");
            Assert.Equal(HttpStatusCode.NotFound, page.Status);
            Assert.NotNull(page.Error);
            Assert.DoesNotContain("   at ", page.Body, StringComparison.Ordinal);
            Assert.Equal((404, "not_found"), (await JsonAsync(Shop.NewVisitor(), $"/orders/{Nobody}{query}")) is var (status, body) ? (status, body.GetProperty("error").GetString()) : default);
        }
    }

    /// <summary>DECISIONS 22: the matrix is for its own orders.</summary>
    [Theory]
    [InlineData("?token=x")]
    [InlineData("?h_contract=x")]
    [InlineData("?session_id=x")]
    public async Task OrderOfTheCart_IsNotThereForStrangers_WhateverTheyBring(string query)
    {
        var (member, _) = await MemberAsync();
        var number = (await member.BuyAsync("paid1")).Number();
        Assert.Equal(HttpStatusCode.NotFound, (await Shop.NewVisitor().GetAsync($"/orders/{number}{query}")).Status);
        Assert.Equal(404, (await JsonAsync(Shop.NewVisitor(), $"/orders/{number}{query}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await member.GetAsync($"/orders/{number}{query}")).Status);
    }

    [Fact]
    public async Task TF_35_TF_36_WrongTokenIsRefused_RightOnePromptsWithIt()
    {
        var (visitor, wall, order) = await ArriveAsync(await TextAsync());
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.GetAsync($"/orders/{order}?token=wrong&session_id=x")).Status);
        var (status, body) = await JsonAsync(visitor, wall.PathAndQuery);
        var uri = Assert.IsType<TalerUri.Pay>(TalerUri.TryParse(body.GetProperty("taler_pay_uri").GetString()));
        Assert.Equal((402, order, Query(wall, "session_id"), Query(wall, "token")), (status, uri.Order, uri.Session, uri.Token));
    }

    [Fact]
    public async Task D1_OurAddressesSayToken_AndClaimTokenIsTakenToo()
    {
        var (visitor, wall, order) = await ArriveAsync(await TextAsync());
        Assert.StartsWith("?token=", wall.Query, StringComparison.Ordinal);
        Assert.DoesNotContain("claim_token", wall.Query, StringComparison.Ordinal);
        foreach (var name in new[] { "token", "claim_token" })
        {
            Assert.Equal(402, (await JsonAsync(visitor, $"/orders/{order}?{name}={Query(wall, "token")}&session_id=x")).Status);
            Assert.Equal(403, (await JsonAsync(visitor, $"/orders/{order}?{name}=wrong&session_id=x")).Status);
        }
    }

    [Fact]
    public async Task D10_Waiting_IsForPrograms_AndPeopleLoadThePageAgain()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        foreach (var (accept, patience, least, most) in new[] { ("application/json", "1200", 1.0, 15.0), ("application/json", "1", 0, 10), ("application/json", "-1", 0, 10), ("text/html", "20000", 0, 10), ("text/plain", "20000", 0, 10) })
        {
            var began = System.Diagnostics.Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.PaymentRequired, (await AskAsync(visitor, $"{wall.PathAndQuery}&timeout_ms={patience}", accept)).StatusCode);
            Assert.InRange(began.Elapsed.TotalSeconds, least, most);
        }

        var page = await visitor.GetAsync(wall.PathAndQuery);
        Assert.Equal((wall.PathAndQuery, true, true), (
            page.Document.QuerySelector("[data-order-wait]")!.GetAttribute("data-order-wait"), page.Find("check-again") is not null, page.Body.Contains("http-equiv=\"refresh\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task TF_43_Page_HasCodeLinkHeaderAndMetaElement_AndATextForCommandLines()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        var page = await visitor.GetAsync(wall.PathAndQuery);
        Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
        var header = page.Response.Headers.GetValues("Taler").Single();
        Assert.Equal(header, page.Document.QuerySelector("head meta[name=taler-uri]")!.GetAttribute("content"));
        Assert.Equal(header, page.Find("wallet")!.GetAttribute("href"));
        Assert.Equal(header, page.Text("wallet-text"));
        Assert.Equal(wall.AbsoluteUri, page.Find("order-link")!.GetAttribute("href"));
        Assert.NotNull(page.Find("order-qr")!.QuerySelector("path"));
        var text = await AskAsync(visitor, wall.PathAndQuery, "text/plain");
        Assert.Equal((HttpStatusCode.PaymentRequired, "text/plain", header + "\n"), (text.StatusCode, text.Content.Headers.ContentType!.MediaType, await text.Content.ReadAsStringAsync(Cancel)));
    }

    [Fact]
    public async Task P1_NothingThatCanBeWritten_IsNotAcceptable()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        Assert.Equal(HttpStatusCode.NotAcceptable, (await AskAsync(visitor, wall.PathAndQuery, "image/png")).StatusCode);
    }

    [Fact]
    public async Task TF_48_WithoutScript_ThePageLoadsItselfAgainAndHasALinkThatDoes()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        var page = await visitor.GetAsync(wall.PathAndQuery);
        Assert.Contains("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>", page.Body, StringComparison.Ordinal);
        Assert.Equal(wall.PathAndQuery, page.Find("check-again")!.GetAttribute("href"));
    }

    [Fact]
    public async Task TF_34_TF_37_PaidOnAnotherDevice_TheWaitingOneIsToldAndLedToIt()
    {
        var code = await TextAsync();
        var (visitor, wall, _) = await ArriveAsync(code);
        var waiting = JsonAsync(visitor, wall.PathAndQuery + "&timeout_ms=20000");
        var telephone = Shop.NewVisitor();
        await PayAsync(telephone, await telephone.GetAsync(wall.PathAndQuery));
        var (status, body) = await waiting;
        Assert.Equal((200, new Uri(ShopHost.Address, AddressOf(code)).AbsoluteUri), (status, body.GetProperty("fulfillment_url").GetString()));
        var opened = await visitor.GetAsync(wall.PathAndQuery);
        Assert.Contains(Secret, opened.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, (await telephone.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_33_TF_47_PaidElsewhere_SaysThatItIsPaid_AndItsAddressHasNoToken()
    {
        var code = await TextAsync();
        var (visitor, wall, order) = await ArriveAsync(code);
        await PayAsync(visitor, await visitor.GetAsync(wall.PathAndQuery));
        var hash = await ReadAsync(db => db.MatrixOrders.Where(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == order)).Select(m => m.ContractHash).SingleAsync(Cancel));
        var page = await Shop.NewVisitor().GetAsync($"/orders/{order}?h_contract={hash}&session_id=another");
        Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
        Assert.Contains("already paid", page.Main(), StringComparison.Ordinal);
        Assert.Null(page.Find("pay-here"));
        Assert.NotNull(page.Find("buy-anew"));
        Assert.Null(Assert.IsType<TalerUri.Pay>(TalerUri.TryParse(page.Text("wallet-text"))).Token);
        Assert.Equal(HttpStatusCode.Forbidden, (await Shop.NewVisitor().GetAsync($"/orders/{order}?h_contract=wrong&session_id=another")).Status); // TF-29
    }

    [Fact]
    public async Task TF_44_LinkFromAMail_MakesTheSession_AndAPreviewChangesNothing()
    {
        var (_, wall, order) = await ArriveAsync(await TextAsync());
        var link = $"/orders/{order}?token={Query(wall, "token")}";
        var looked = await AskAsync(Shop.NewVisitor(), link, agent: "Slackbot 1.0");
        Assert.DoesNotContain(looked.Headers.TryGetValues("Set-Cookie", out var set) ? set : [], value => value.Contains("session=", StringComparison.Ordinal));
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(link);
        Assert.Contains(page.Response.Headers.GetValues("Set-Cookie"), value => value.Contains("session=", StringComparison.Ordinal));
        Assert.Contains(Secret, (await PayAsync(visitor, page)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_41_PaidOrder_AskedWithAFreshSession_IsClaimedAndNotPaid()
    {
        var seller = await SellerProgram.OpenAsync(Shop, Cancel);
        var made = await seller.SendAsync(HttpMethod.Post, "/private/orders", Wish(Codes.New(10), "s0", true, null), null);
        await BringToAsync(MatrixState.Paid, made.Text("order_id")!, made.Text("token"), "s0");
        foreach (var (session, word) in new[] { ("s0", "paid"), ("s1", "claimed") })
        {
            var status = await seller.GetAsync($"/private/orders/{made.Text("order_id")}?session_id={session}");
            Assert.Equal(word, status.Text("order_status"));
            Assert.EndsWith($"&session_id={session}", status.Text("order_status_url"), StringComparison.Ordinal); // TF-22
            Assert.Contains("?h_contract=", status.Text("order_status_url"), StringComparison.Ordinal); // TF-26
        }
    }

    [Fact]
    public async Task Receipt_LeadsToWhatWasBought()
    {
        var code = await TextAsync();
        var (visitor, _) = await BuyerAsync(code);
        var receipt = await visitor.GetAsync($"/orders/{await LastOrderAsync(code)}");
        Assert.Equal(HttpStatusCode.OK, receipt.Status);
        Assert.Contains(Secret, (await visitor.GetAsync(new Uri(receipt.Find("open-resource")!.GetAttribute("href")!).PathAndQuery)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?token=&session_id=")]
    [InlineData("?token=%00&session_id=%00")]
    [InlineData("?h_contract=%ff&session_id=%ff")]
    [InlineData("?token=a&token=b")]
    [InlineData("?timeout_ms=-1")]
    [InlineData("?timeout_ms=many&session_id=x")]
    public async Task BadInput_IsNeverAFault(string query)
    {
        var (visitor, _, order) = await ArriveAsync(await TextAsync());
        var longest = query + "&token=" + new string('x', 3000);
        foreach (var accept in new[] { "application/json", "text/html", "text/plain", "*/*", ";;;" })
        {
            foreach (var address in new[] { $"/orders/{order}{query}", $"/orders/{order}{longest}", $"/orders/{order}/claim{query}" })
            {
                var answer = await AskAsync(visitor, address, accept);
                Assert.True((int)answer.StatusCode < 500, $"{address} {accept}: {answer.StatusCode}");
            }
        }
    }

    /// <summary>Whoever follows an address that somebody copied is told that it opens in the other browser, and may have it in their own instead.</summary>
    [Fact]
    public async Task TF_44_AddressOfAnotherBrowser_SaysWhereItOpens_AndLeadsToOnesOwn()
    {
        var code = await TextAsync();
        var (owner, wall, _) = await ArriveAsync(code);
        var mine = await owner.GetAsync(wall.PathAndQuery);
        Assert.Equal((null, "What nobody sees."), (mine.Find("other-browser"), mine.Text("summary")));
        var visitor = Shop.NewVisitor();
        var page = await visitor.GetAsync(wall.PathAndQuery);
        Assert.NotNull(page.Find("other-browser"));
        Assert.DoesNotContain("this browser,", page.Document.QuerySelector("main .lead")!.TextContent, StringComparison.Ordinal);
        var own = await visitor.GetAsync(page.Find("for-this-browser")!.GetAttribute("href")!);
        Assert.Null(own.Find("other-browser"));
        Assert.Contains(Secret, (await PayAsync(visitor, own)).Body, StringComparison.Ordinal);
    }

    /// <summary>A recovery code that is entered at an address of another browser opens that one, and the page does not say otherwise.</summary>
    [Fact]
    public async Task TF_46_CodeForAnotherBrowser_SaysThatItOpensThere()
    {
        var code = await TextAsync();
        var (buyer, page) = await BuyerAsync(code);
        var receipt = await buyer.GetAsync(page.Find("order-see")!.GetAttribute("href")!);
        var (reader, wall, _) = await ArriveAsync(code);
        var telephone = Shop.NewVisitor();
        var opened = await telephone.SubmitAsync(
            await telephone.GetAsync(wall.PathAndQuery), "#recover", null, ("Paid", receipt.Text("order-number")!), ("Code", receipt.Text("recovery-code")!));
        Assert.Contains("other browser", opened.Document.QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.Equal((receipt.Text("order-number"), null), (opened.Text("order-number"), opened.Find("open-resource")));
        Assert.NotNull(opened.Find("recovery-code"));
        Assert.Contains(Secret, (await reader.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, (await telephone.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
    }

    /// <summary>Without scripts the order's page loads itself again; a code is typed on one that does not.</summary>
    [Fact]
    public async Task TF_48_CodeIsTypedOnAPageThatStandsStill()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        var still = await visitor.GetAsync((await visitor.GetAsync(wall.PathAndQuery)).Find("recover-still")!.GetAttribute("href")!);
        Assert.NotNull(still.Document.QuerySelector("details[open] #recover"));
        Assert.DoesNotContain("http-equiv", still.Body, StringComparison.Ordinal);
        var wrong = await visitor.SubmitAsync(still, "#recover", null, ("Paid", Nobody), ("Code", "not-a-code"));
        Assert.NotNull(wrong.Wrong("Code"));
        Assert.DoesNotContain("http-equiv", wrong.Body, StringComparison.Ordinal);
    }

    /// <summary>Who waits looks into the database again and again, so that only so many may at once.</summary>
    [Fact]
    public async Task TF_34_MoreThanMayWait_AreAnsweredAtOnce()
    {
        var (visitor, wall, _) = await ArriveAsync(await TextAsync());
        var waiting = Enumerable.Range(0, WaitsAtOnce + 1).Select(_ => JsonAsync(Shop.NewVisitor(), wall.PathAndQuery + "&timeout_ms=20000")).ToList();
        var first = await Task.WhenAny(waiting);
        waiting.Remove(first);
        Assert.Equal(402, (await first).Status);
        Assert.All(waiting, still => Assert.False(still.IsCompleted));
        await PayAsync(visitor, await visitor.GetAsync(wall.PathAndQuery));
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task Claim_WithoutAFormToken_ChangesNothing()
    {
        var (visitor, wall, order) = await ArriveAsync(await TextAsync());
        var answer = await Page.ReadAsync(await visitor.AskAsync(Form($"/orders/{order}/claim{wall.Query}", [])));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Null(await ReadAsync(db => db.MatrixOrders.Where(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == order)).Select(m => m.ClaimedAt).SingleAsync(Cancel)));
    }
}

public sealed class OrderWallTests_Sqlite(SqliteDatabase database) : OrderWallTests(database), IClassFixture<SqliteDatabase>;

public sealed class OrderWallTests_Postgres(PostgresDatabase database) : OrderWallTests(database), IClassFixture<PostgresDatabase>;
