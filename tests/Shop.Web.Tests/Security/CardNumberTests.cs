using System.Collections.Concurrent;
using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.TestKit;
using Shop.Web.Security;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Security;

/// <summary>No card number can reach the shop: every request that holds one is refused before anything of it is logged or stored (ST-2).</summary>
public abstract class CardNumberTests(TestDatabase database) : BuyingTests(database)
{
    private const string Card = "4242 4242 4242 4242";

    private readonly Heard heard = new();

    protected override ShopSettings Settings => new()
    {
        Services = services =>
        {
            services.AddLogging(log => log.AddFilter<Heard>(null, LogLevel.Trace));
            services.AddSingleton<ILoggerProvider>(heard);
        },
    };

    private string Log => string.Join('\n', ((Heard)Shop.Services.GetServices<ILoggerProvider>().First(p => p is Heard)).Lines);

    [Theory]
    [InlineData("4242424242424242", true)]
    [InlineData("4242 4242 4242 4242", true)]
    [InlineData("my card is 4000-0025-0000-3155, thanks", true)]
    [InlineData("4242 4242 4242 4242 12/28", true)]
    [InlineData("12 4242 4242 4242 4242 123", true)]
    [InlineData("card4242424242424242x", true)]
    [InlineData("4242\u00a04242\u20134242 4242", true)]
    [InlineData("４２４２４２４２４２４２４２４２", true)]
    [InlineData("2223003122003222", true)]
    [InlineData("378282246310005", true)]
    [InlineData("6011111111111117", true)]
    [InlineData("4222222222222", true)]
    [InlineData("4242424242424241", false)]
    [InlineData("1772366400123", false)]
    [InlineData("42424242424242424242424242424242", false)]
    [InlineData("0190b5ad-4242-4242-8242-424242424242", false)]
    [InlineData("sp_4242424242424242a1b2c3d4e5f60718", false)]
    [InlineData("+49 30 1234 5678", false)]
    public void ST_2_Numbers_AreToldFromOtherDigits(string text, bool isCard) => Assert.Equal(isCard, CardNumbers.IsIn(text));

    public static TheoryData<string, string> Requests => new()
    {
        { "GET", "/shop/paid1?for=4242424242424242" },
        { "GET", "/shop/4242424242424242" },
        { "GET", "/shop/paid1?number=1" },
        { "GET", "/site.css?v=4242-4242-4242-4242" },
        { "POST", "/cart?handler=Discard&cvc=123" },
        { "GET", "/orders/4242424242424242?token=x" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task ST_2_InTheAddress_Is400AndInNoLog(string method, string address)
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await Shop.NewVisitor().SendAsync(new HttpRequestMessage(new HttpMethod(method), address))).Status);
        Assert.DoesNotContain("4242", Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json", """{"summary":"4242424242424242"}""")]
    [InlineData("application/json", """{"number":"1"}""")]
    [InlineData("application/csp-report", """{"csp-report":{"document-uri":"https://localhost/?4242424242424242"}}""")]
    [InlineData("text/plain", "4242 4242 4242 4242")]
    [InlineData("application/x-www-form-urlencoded", "card%5Bcvc%5D=123")]
    public async Task ST_2_InABody_Is400(string type, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/csp-report") { Content = new StringContent(body, Encoding.UTF8, type) };
        Assert.Equal(HttpStatusCode.BadRequest, (await Shop.NewVisitor().AskAsync(request)).StatusCode);
        Assert.DoesNotContain("4242", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ST_2_InAReferrer_Is400()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.TryAddWithoutValidation("Referer", "https://elsewhere.example/?q=4242%204242%204242%204242");
        Assert.Equal(HttpStatusCode.BadRequest, (await Shop.NewVisitor().SendAsync(request)).Status);
    }

    /// <summary>A card number in every text field of every form that a walk finds, one at a time: each is refused, and it is nowhere afterwards (ST-33, security.md section 1).</summary>
    [Theory]
    [InlineData("visitor")]
    [InlineData("member")]
    [InlineData("admin")]
    public async Task ST_33_EveryTextFieldOfEveryForm_RefusesACardNumber(string who)
    {
        var visitor = who switch
        {
            "visitor" => Shop.NewVisitor(),
            "member" => (await MemberAsync(points: 100)).Visitor,
            _ => await Shop.SignInAsync("admin"),
        };
        await visitor.AddAsync("paid1", ("Recipient", "friend"));
        await visitor.GetAsync("/checkout");
        var tried = new HashSet<string>(StringComparer.Ordinal);
        foreach (var page in await visitor.WalkAsync(["/", "/cart", "/checkout", "/account/payment-methods", "/receipts", "/gifts/random", "/admin"], LeftOut))
        {
            foreach (var form in page.Document.QuerySelectorAll<IHtmlFormElement>("form"))
            {
                foreach (var field in form.Elements.OfType<IHtmlElement>().Where(IsTyped).Select(e => e.GetAttribute("name")!).Distinct())
                {
                    var request = page.Submission(form, field, Card);
                    if (tried.Add($"{request.Method} {Shape(request.RequestUri!)} {field}"))
                    {
                        using var answer = await visitor.AskAsync(request);
                        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{request.Method} {request.RequestUri} took a card number in {field}: {(int)answer.StatusCode}");
                    }
                }
            }
        }

        Assert.True(tried.Count >= (who == "visitor" ? 15 : 25), $"only {tried.Count} fields were found: {string.Join(", ", tried)}");
        var everything = string.Concat((await Shop.ContentsAsync(Cancel)).Values) + Log;
        Assert.DoesNotContain(Card, everything, StringComparison.Ordinal);
        Assert.DoesNotContain(Card.Replace(" ", "", StringComparison.Ordinal), everything, StringComparison.Ordinal);
    }

    private static bool LeftOut(Uri address) =>
        Path.HasExtension(address.AbsolutePath) || address.AbsolutePath.StartsWith("/sandbox", StringComparison.Ordinal) || address.AbsolutePath.StartsWith("/checkout/", StringComparison.Ordinal);

    private static bool IsTyped(IHtmlElement element) => element.GetAttribute("name") is { Length: > 0 } and not "__RequestVerificationToken"
        && element is IHtmlTextAreaElement or IHtmlInputElement { Type: not ("checkbox" or "radio" or "submit" or "button" or "file" or "image") };

    /// <summary>One field of a kind of page is enough, however many rows have it.</summary>
    private static string Shape(Uri address) => string.Join('/', address.AbsolutePath.Split('/').Select(part => part.Any(char.IsDigit) ? "_" : part));

    /// <summary>Everything that is logged, whatever its level.</summary>
    private sealed class Heard : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Ear(categoryName, Lines);

        public void Dispose()
        {
        }

        private sealed class Ear(string category, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            // the framework's own line about each request is off in every setting of this shop
            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning || !category.StartsWith("Microsoft.", StringComparison.Ordinal);

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    lines.Enqueue($"{category}: {formatter(state, exception)} {exception}");
                }
            }
        }
    }
}

public sealed class CardNumberTests_Sqlite(SqliteDatabase database) : CardNumberTests(database), IClassFixture<SqliteDatabase>;

public sealed class CardNumberTests_Postgres(PostgresDatabase database) : CardNumberTests(database), IClassFixture<PostgresDatabase>;
