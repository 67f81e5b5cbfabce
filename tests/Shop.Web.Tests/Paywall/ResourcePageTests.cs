using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Paywall;

namespace Shop.Web.Tests.Paywall;

/// <summary>The page of a paid resource, as readers, sharers of links and programs come to it.</summary>
public abstract class ResourcePageTests(TestDatabase database) : PaywallTests(database)
{
    [Theory]
    [InlineData("a b")]
    [InlineData("50+1")]
    [InlineData("тишина")]
    [InlineData("静けさ_~.v2")]
    public async Task TF_1_TF_2_Name_SurvivesPercentEncodingBothWays(string name)
    {
        var code = $"{name}-{Codes.New(6)}";
        await TextAsync(code);
        var (visitor, page) = await BuyerAsync(code);
        Assert.Equal((HttpStatusCode.OK, code), (page.Status, page.Find("resource")?.GetAttribute("data-resource")));
        var named = await visitor.GetAsync($"{AddressOf(code)}?o={await LastOrderAsync(code)}");
        Assert.Equal(code, named.Find("resource")?.GetAttribute("data-resource"));
    }

    [Fact]
    public async Task TF_8_FirstVisit_SetsTheGuardedCookieOnTheRedirectItself()
    {
        var code = await TextAsync();
        var answer = await AskAsync(Shop.NewVisitor(), AddressOf(code));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), value => value.Contains("session=", StringComparison.Ordinal));
        Assert.All(new[] { "httponly", "samesite=lax", "secure" }, part => Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(SessionIn(answer.Headers.Location!), cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_4_TruncatedCookie_IsANewSessionAndNoFault()
    {
        var code = await TextAsync();
        var first = await AskAsync(Shop.NewVisitor(), AddressOf(code));
        var pair = Assert.Single(first.Headers.GetValues("Set-Cookie"), value => value.Contains("session=", StringComparison.Ordinal)).Split(';')[0];
        foreach (var cookie in new[] { pair[..^5], pair + "x", pair.Split('=')[0] + "=" + SessionIn(first.Headers.Location!) })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(code));
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
            var answer = await Shop.NewVisitor().AskAsync(request);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.NotEqual(SessionIn(first.Headers.Location!), SessionIn(answer.Headers.Location!));
        }
    }

    [Fact]
    public async Task TF_9_SharedLink_KeepsItsOrderForTheNewSession()
    {
        var code = await TextAsync();
        var first = await AskAsync(Shop.NewVisitor(), AddressOf(code));
        var order = await LastOrderAsync(code);
        var second = await AskAsync(Shop.NewVisitor(), $"{AddressOf(code)}?o={order}");
        Assert.Contains(order, second.Headers.Location!.AbsolutePath, StringComparison.Ordinal);
        Assert.NotEqual(SessionIn(first.Headers.Location!), SessionIn(second.Headers.Location!));
        Assert.Equal(1, await OrdersForAsync(code));
    }

    [Fact]
    public async Task TF_10_Visits_MakeOneOrder_AndProgramsThatLookNone()
    {
        var code = await TextAsync();
        foreach (var (agent, method) in new[] { ("Slackbot 1.0", HttpMethod.Get), ("Mozilla/5.0", HttpMethod.Head) })
        {
            var looked = await AskAsync(Shop.NewVisitor(), AddressOf(code), agent: agent, method: method);
            Assert.Equal(HttpStatusCode.OK, looked.StatusCode);
            Assert.False(looked.Headers.Contains("Set-Cookie"));
        }

        var price = await Page.ReadAsync(await AskAsync(Shop.NewVisitor(), AddressOf(code), agent: "Slackbot 1.0"));
        Assert.Equal("$2.00", price.Text("price"));
        Assert.Equal(0, await OrdersForAsync(code));
        var visitor = Shop.NewVisitor();
        var (one, two) = (await AskAsync(visitor, AddressOf(code)), await AskAsync(visitor, AddressOf(code)));
        Assert.Equal(one.Headers.Location, two.Headers.Location);
        Assert.Equal(1, await OrdersForAsync(code));
    }

    [Fact]
    public async Task TF_16_Unpaid_IsSentToTheOrdersPageWithoutAByteOfIt()
    {
        var code = await TextAsync();
        var answer = await AskAsync(Shop.NewVisitor(), AddressOf(code));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(("no-store, private", "Cookie"), (answer.Headers.CacheControl!.ToString(), string.Join(',', answer.Headers.Vary)));
    }

    [Fact]
    public async Task TF_13_TF_17_Paid_IsShown_AndAgain_AndKeptByNobody()
    {
        var code = await TextAsync();
        var (visitor, page) = await BuyerAsync(code);
        Assert.Contains(Secret, page.Text("resource-text"), StringComparison.Ordinal);
        var again = await visitor.GetAsync(AddressOf(code));
        Assert.Contains(Secret, again.Body, StringComparison.Ordinal);
        Assert.True(again.Response.Headers.CacheControl is { NoStore: true, Private: true });
        Assert.Contains("Cookie", again.Response.Headers.Vary);
        Assert.Equal(1, await OrdersForAsync(code));
    }

    [Fact]
    public async Task TF_7_OrderOfAnotherResource_NeverOpensThisOne()
    {
        var (paid, other) = (await TextAsync(), await TextAsync());
        var (visitor, _) = await BuyerAsync(paid);
        var page = await visitor.GetAsync($"{AddressOf(other)}?o={await LastOrderAsync(paid)}");
        Assert.Equal((HttpStatusCode.NotFound, "NoOrder"), (page.Status, page.Find("resource-state")?.GetAttribute("data-state")));
        Assert.DoesNotContain(Secret, page.Body, StringComparison.Ordinal);
        Assert.Equal(0, await OrdersForAsync(other));
    }

    [Fact]
    public async Task TF_14_TF_19_Refunded_ShowsTheRefundPageAtOnce_AndCanBeBoughtAgain()
    {
        var code = await TextAsync();
        var (visitor, _) = await BuyerAsync(code);
        var order = await LastOrderAsync(code);
        await RefundAsync(order, 1);
        var page = await visitor.GetAsync($"{AddressOf(code)}?o={order}");
        Assert.Equal("Refunded", page.Find("resource-state")?.GetAttribute("data-state"));
        Assert.DoesNotContain(Secret, page.Body, StringComparison.Ordinal);
        var again = await visitor.GetAsync(page.Find("buy-anew")!.GetAttribute("href")!);
        Assert.Equal(HttpStatusCode.PaymentRequired, again.Status);
        Assert.Contains(Secret, (await PayAsync(visitor, again)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_20_ClaimedBySomebodyElse_IsDroppedForAnOrderOfOnesOwn()
    {
        var code = await TextAsync();
        var other = Shop.NewVisitor();
        var wall = await other.GetAsync(AddressOf(code));
        var taken = await LastOrderAsync(code);
        await other.SubmitAsync(wall, "form:has([data-testid=pay-here])", null);
        var answer = await AskAsync(Shop.NewVisitor(), $"{AddressOf(code)}?o={taken}");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.DoesNotContain($"/orders/{taken}", answer.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(2, await OrdersForAsync(code));
    }

    [Fact]
    public async Task TF_21_TF_38_SessionThatHasPaid_IsLedToThatOrder()
    {
        var code = await TextAsync();
        var stranger = await AskAsync(Shop.NewVisitor(), AddressOf(code));
        var open = await LastOrderAsync(code);
        var (visitor, _) = await BuyerAsync(code);
        var page = await visitor.GetAsync($"{AddressOf(code)}?o={open}");
        Assert.Contains(Secret, page.Body, StringComparison.Ordinal);
        Assert.Equal($"?o={await PaidOrderAsync(code)}", page.Address.Query);

        var mine = SessionIn((await AskAsync(visitor, $"/r/{await TextAsync()}")).Headers.Location!);
        var address = $"/orders/{open}?token={Query(stranger.Headers.Location!, "token")}&session_id={mine}";
        var (status, body) = await JsonAsync(visitor, address);
        Assert.Equal((402, await PaidOrderAsync(code)), (status, body.GetProperty("already_paid_order_id").GetString()));
        var html = await AskAsync(visitor, address);
        Assert.Equal((HttpStatusCode.Redirect, AddressOf(code)), (html.StatusCode, html.Headers.Location!.AbsolutePath));
    }

    [Fact]
    public async Task TF_45_SharedLinkToSomethingPaid_ShowsNoContentAndOffersAnOwnOrder()
    {
        var code = await TextAsync();
        var (_, _) = await BuyerAsync(code);
        var order = await LastOrderAsync(code);
        foreach (var link in new[] { AddressOf(code), $"{AddressOf(code)}?o={order}" })
        {
            var page = await Shop.NewVisitor().GetAsync(link);
            Assert.Equal(HttpStatusCode.PaymentRequired, page.Status);
            Assert.NotNull(page.Find("pay-here"));
            Assert.DoesNotContain(Secret, page.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TF_46_OldBookmark_IsOpenedByTheRecoveryCode_WhichWorksOnce()
    {
        var code = await TextAsync();
        var (buyer, _) = await BuyerAsync(code);
        var order = await LastOrderAsync(code);
        var recovery = (await buyer.GetAsync($"/orders/{order}")).Text("recovery-code")!;

        var elsewhere = Shop.NewVisitor();
        var wall = await elsewhere.GetAsync($"{AddressOf(code)}?o={order}");
        Assert.Equal(order, wall.Value("Paid"));
        var wrong = await elsewhere.SubmitAsync(wall, "#recover", null, ("Code", "not-a-code"));
        Assert.Equal((HttpStatusCode.BadRequest, "not-a-code"), (wrong.Status, wrong.Value("Code")));
        Assert.NotNull(wrong.Wrong("Code"));
        var opened = await elsewhere.SubmitAsync(wall, "#recover", null, ("Code", recovery));
        var next = opened.Text("recovery-code")!;
        Assert.NotEqual(recovery, next);
        Assert.Contains(Secret, (await elsewhere.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);

        var third = Shop.NewVisitor();
        var used = await third.SubmitAsync(await third.GetAsync($"{AddressOf(code)}?o={order}"), "#recover", null, ("Code", recovery));
        Assert.NotNull(used.Wrong("Code"));
        await third.SubmitAsync(await third.GetAsync($"{AddressOf(code)}?o={order}"), "#recover", null, ("Code", next));
        Assert.Contains(Secret, (await third.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TF_46_BuyerWithAnAccount_ProvesItByTheAccount()
    {
        var code = await TextAsync();
        var (member, name) = await MemberAsync();
        await BuyerAsync(code, member);
        var elsewhere = Shop.NewVisitor();
        await elsewhere.SignInAsync(name);
        var wall = await elsewhere.GetAsync(AddressOf(code));
        var opened = await elsewhere.SubmitAsync(wall, "form:has([data-testid=prove])", null);
        Assert.Contains(Secret, opened.Body, StringComparison.Ordinal);

        var (stranger, _) = await MemberAsync();
        var refused = await stranger.SubmitAsync(await stranger.GetAsync(AddressOf(code)), "form:has([data-testid=prove])", null);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.NotNull(refused.Error);
    }

    [Fact]
    public async Task Member_PaysWithPoints()
    {
        var code = await TextAsync(points: 20);
        var (member, name) = await MemberAsync(points: 30);
        var opened = await member.SubmitAsync(await member.GetAsync(AddressOf(code)), "form:has([data-testid=pay-points])", null);
        Assert.Contains(Secret, opened.Body, StringComparison.Ordinal);
        Assert.Equal(10, await PointsAsync(name));
    }

    [Fact]
    public async Task TF_49_TwoTabsAtTheSameMoment_HaveOneOrder()
    {
        var code = await TextAsync();
        var visitor = Shop.NewVisitor();
        await AskAsync(visitor, AddressOf(await TextAsync())); // the browser has its session
        var tabs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => AskAsync(visitor, AddressOf(code))));
        Assert.Equal(tabs[0].Headers.Location, tabs[1].Headers.Location);
        Assert.Equal(1, await OrdersForAsync(code));
        await PayAsync(visitor, await visitor.GetAsync(tabs[0].Headers.Location!.PathAndQuery));
        var after = await AskAsync(visitor, tabs[1].Headers.Location!.PathAndQuery);
        Assert.Equal((HttpStatusCode.Redirect, AddressOf(code)), (after.StatusCode, after.Headers.Location!.AbsolutePath));
    }

    [Fact]
    public async Task NotOnSale_IsNotSold_ButOpensForWhoeverHasPaid()
    {
        var code = await TextAsync();
        var (visitor, _) = await BuyerAsync(code);
        await SaveAsync(new ResourceDraft { Code = code, Title = "T", Summary = "S", Form = ResourceForm.Text, PriceMinor = 200, Body = Secret }, revision: 1);
        Assert.Contains(Secret, (await visitor.GetAsync(AddressOf(code))).Body, StringComparison.Ordinal);
        var stranger = await Shop.NewVisitor().GetAsync(AddressOf(code));
        Assert.Equal((HttpStatusCode.NotFound, "NotSold"), (stranger.Status, stranger.Find("resource-state")?.GetAttribute("data-state")));
    }

    [Fact]
    public async Task D11_File_IsSentInRanges_ToThePaidSessionAlone()
    {
        var code = "file-" + Codes.New(8);
        var draft = new ResourceDraft { Code = code, Title = "A map", Summary = "Of the moon.", Form = ResourceForm.File, PriceMinor = 200 };
        await SaveAsync(draft);
        var content = Enumerable.Range(0, ResourceDesk.PartSize + 1000).Select(i => (byte)(i % 251)).ToArray();
        Assert.IsType<ResourceResult.Done>(await Desk.SetFileAsync(code, new MemoryStream(content), "Mäp of the moon.bin", "application/octet-stream", content.Length, Cancel));
        await SaveAsync(draft with { OnSale = true }, revision: 2);

        var stranger = await AskAsync(Shop.NewVisitor(), AddressOf(code) + "/file");
        Assert.Equal((HttpStatusCode.Redirect, AddressOf(code)), (stranger.StatusCode, $"{stranger.Headers.Location}"));

        var (visitor, page) = await BuyerAsync(code);
        var link = page.Find("resource-file")!.GetAttribute("href")!;
        var whole = await AskAsync(visitor, link);
        Assert.Equal(content, await whole.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("attachment", whole.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("Mäp of the moon.bin", whole.Content.Headers.ContentDisposition.FileNameStar);
        Assert.True(whole.Headers.CacheControl is { NoStore: true });
        foreach (var (range, from, to) in new[] { ("bytes=0-0", 0, 0), ("bytes=262140-262200", 262140, 262200), ("bytes=-5", content.Length - 5, content.Length - 1), ("bytes=262200-", 262200, content.Length - 1) })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, link);
            request.Headers.TryAddWithoutValidation("Range", range);
            var part = await visitor.AskAsync(request);
            Assert.Equal((HttpStatusCode.PartialContent, $"bytes {from}-{to}/{content.Length}"), (part.StatusCode, $"{part.Content.Headers.ContentRange}"));
            Assert.Equal(content[from..(to + 1)], await part.Content.ReadAsByteArrayAsync(Cancel));
        }

        var beyond = new HttpRequestMessage(HttpMethod.Get, link);
        beyond.Headers.TryAddWithoutValidation("Range", "bytes=999999999-");
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await visitor.AskAsync(beyond)).StatusCode);
    }

    /// <summary>P3 over HTTP: whoever comes with whichever order in the address, one visit makes at most two, and P2: the content is for browsers that have paid.</summary>
    [Fact]
    public async Task P3_WhoeverComesWithWhicheverOrder_AVisitMakesAtMostTwo_AndOnlyPayersRead()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] codes = [await TextAsync(), await TextAsync()];
        Visitor[] visitors = [Shop.NewVisitor(), Shop.NewVisitor(), Shop.NewVisitor()];
        var (numbers, paid) = (new List<string> { "", "22222222222222222222222222" }, new HashSet<(string, Visitor)>());
        for (var step = 0; step < 30; step++)
        {
            var (code, visitor) = (codes[random.Next(2)], visitors[random.Next(3)]);
            var before = await AllAsync();
            var page = await visitor.GetAsync($"{AddressOf(code)}?o={numbers[random.Next(numbers.Count)]}");
            var made = (await AllAsync()).Except(before).ToList();
            Assert.True(made.Count <= 2, $"seed {seed}, step {step}");
            numbers.AddRange(made);
            if (page.Find("pay-here") is not null && random.Next(3) == 0)
            {
                page = await PayAsync(visitor, page);
                paid.Add((code, visitor));
            }

            Assert.True(!page.Body.Contains(Secret, StringComparison.Ordinal) || paid.Contains((code, visitor)), $"seed {seed}, step {step}");
        }

        Task<List<string>> AllAsync() => ReadAsync(db => db.Orders.Where(o => db.MatrixOrders.Any(m => m.OrderId == o.Id && db.Resources.Any(r => r.Id == m.ResourceId && codes.Contains(r.Code))))
            .Select(o => o.Number).ToListAsync(Cancel));
    }

    [Fact]
    public async Task D11_Content_LeadsWhoeverPaidToTheRecoveryCode_AndNobodyElse()
    {
        var code = await TextAsync();
        var reader = Shop.NewVisitor();
        var wall = await reader.GetAsync(AddressOf(code));
        var telephone = Shop.NewVisitor();
        await PayAsync(telephone, await telephone.GetAsync(wall.Address.PathAndQuery));
        var page = await reader.GetAsync(AddressOf(code));
        Assert.Contains(Secret, page.Body, StringComparison.Ordinal);
        Assert.Null(page.Find("order-see"));

        var (buyer, own) = await BuyerAsync(await TextAsync());
        Assert.NotNull((await buyer.GetAsync(own.Find("order-see")!.GetAttribute("href")!)).Find("recovery-code"));
    }

    [Theory]
    [InlineData("?o=nothing")]
    [InlineData("?o=")]
    [InlineData("?o=%00")]
    [InlineData("?o=a&o=b")]
    [InlineData("?session_id=x&token=y")]
    public async Task BadInput_IsNeverAFault(string query)
    {
        var code = await TextAsync();
        var answer = await AskAsync(Shop.NewVisitor(), AddressOf(code) + query);
        Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}");
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(Shop.NewVisitor(), "/r/" + new string('x', 300))).StatusCode);
    }
}

public sealed class ResourcePageTests_Sqlite(SqliteDatabase database) : ResourcePageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourcePageTests_Postgres(PostgresDatabase database) : ResourcePageTests(database), IClassFixture<PostgresDatabase>;

/// <summary>The page of a resource whose back end, or whose address behind the shop, is away.</summary>
public abstract class ResourceAwayTests(TestDatabase database) : PaywallTests(database)
{
    private const string Base = "http://behind.test/articles/";

    private readonly Behind behind = new();

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?> { ["Resources:Behind:0"] = Base },
        Services = services =>
        {
            services.AddSingleton<Away>();
            services.AddScoped<ShopOrderBackEnd>();
            services.AddScoped<IOrderBackEnd, Switch>();
            services.AddSingleton(behind);
            services.AddHttpClient("resources").ConfigurePrimaryHttpMessageHandler(host => host.GetRequiredService<Behind>());
        },
    };

    [Fact]
    public async Task TF_18_BackEndAway_IsAPageToTryAgain_AndMakesNoSecondOrder()
    {
        var (code, visitor) = (await TextAsync(), Shop.NewVisitor());
        var first = await AskAsync(visitor, AddressOf(code));
        Shop.Services.GetRequiredService<Away>().Is = true;
        try
        {
            var page = await visitor.GetAsync($"{AddressOf(code)}?o={await LastOrderAsync(code)}");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "Away"), (page.Status, page.Find("resource-state")?.GetAttribute("data-state")));
            Assert.NotNull(page.Find("retry"));
            Assert.NotNull(page.Response.Headers.RetryAfter);
        }
        finally
        {
            Shop.Services.GetRequiredService<Away>().Is = false;
        }

        Assert.Equal(first.Headers.Location, (await AskAsync(visitor, AddressOf(code))).Headers.Location);
        Assert.Equal(1, await OrdersForAsync(code));
    }

    [Fact]
    public async Task Behind_IsFetchedByTheShopAlone_WithFewHeaders()
    {
        var (code, served) = ("behind-" + Codes.New(8), Shop.Services.GetRequiredService<Behind>());
        await SaveAsync(new ResourceDraft { Code = code, Title = "T", Summary = "S", Form = ResourceForm.Address, PriceMinor = 200, Address = Base + "moon", OnSale = true });
        var visitor = Shop.NewVisitor();
        var wall = await visitor.GetAsync(AddressOf(code));
        Assert.Equal(0, served.Asked);
        var bank = await PayAsync(visitor, wall);
        Assert.Equal($"from {Base}moon", bank.Body);
        var answer = await AskAsync(visitor, AddressOf(code));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        Assert.False(answer.Headers.Contains("Set-Cookie") || answer.Headers.Contains("X-Inside"));
        Assert.Contains("sandbox", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        served.Leads = true;
        var away = await visitor.GetAsync(AddressOf(code));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Away"), (away.Status, away.Find("resource-state")?.GetAttribute("data-state")));
        served.Leads = false;
    }

    [Theory]
    [InlineData("http://elsewhere.test/articles/moon")]
    [InlineData("http://behind.test/articles/../admin")]
    [InlineData("http://behind.test:81/articles/moon")]
    [InlineData("http://behind.test/articles-of-others/moon")]
    [InlineData("file:///etc/passwd")]
    public async Task Behind_OutsideOfWhatIsConfigured_IsRefused(string address)
    {
        var draft = new ResourceDraft { Code = "out-" + Codes.New(8), Title = "T", Summary = "S", Form = ResourceForm.Address, PriceMinor = 200, Address = address };
        var refused = Assert.IsType<ResourceResult.Refused>(await Desk.SaveAsync(draft, null, await IdAsync("admin"), Cancel));
        Assert.Equal(ResourceField.Address, Assert.Single(refused.Problems).Field);
    }

    private sealed class Away
    {
        public bool Is { get; set; }
    }

    private sealed class Switch(ShopOrderBackEnd own, Away away) : IOrderBackEnd
    {
        public Task<OrderMade> MakeAsync(PaywallOffer offer, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken) =>
            away.Is ? throw new OrderBackEndException("away") : own.MakeAsync(offer, insteadOf, visitor, cancellationToken);

        public Task<OrderStatus?> StatusAsync(PaywallOffer offer, string order, string session, CancellationToken cancellationToken) =>
            away.Is ? throw new OrderBackEndException("away") : own.StatusAsync(offer, order, session, cancellationToken);
    }

    private sealed class Behind : HttpMessageHandler
    {
        public int Asked { get; private set; }

        public bool Leads { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            var answer = new HttpResponseMessage(Leads ? HttpStatusCode.Redirect : HttpStatusCode.OK) { Content = new StringContent($"from {request.RequestUri}") };
            answer.Headers.Location = Leads ? new Uri("http://elsewhere.test/") : null;
            answer.Headers.Add("Set-Cookie", "inside=1");
            answer.Headers.Add("X-Inside", "1");
            return Task.FromResult(answer);
        }
    }
}

public sealed class ResourceAwayTests_Sqlite(SqliteDatabase database) : ResourceAwayTests(database), IClassFixture<SqliteDatabase>;

public sealed class ResourceAwayTests_Postgres(PostgresDatabase database) : ResourceAwayTests(database), IClassFixture<PostgresDatabase>;
