using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Shop.Web.Paywall;

namespace Shop.Web.Tests.Paywall;

/// <summary>The session in its cookie: what is not this site's own is no session, and never a fault.</summary>
public sealed class PaywallSessionTests
{
    private readonly IDataProtectionProvider keys = new EphemeralDataProtectionProvider();

    private PaywallSession Sessions(IDataProtectionProvider? others = null) => new(Options.Create(new PaywallOptions()), others ?? keys);

    private static DefaultHttpContext With(string? cookie)
    {
        var context = new DefaultHttpContext { Request = { Scheme = "https" } };
        if (cookie is not null)
        {
            context.Request.Headers.Cookie = $"paywall={cookie}";
        }

        return context;
    }

    private static SetCookieHeaderValue Made(HttpContext context) => Assert.Single(SetCookieHeaderValue.ParseList([.. context.Response.Headers.SetCookie.OfType<string>()]));

    private (string Session, string Cookie) New(IDataProtectionProvider? others = null)
    {
        var context = With(null);
        return (Sessions(others).Ensure(context), Made(context).Value.ToString());
    }

    [Fact]
    public void TF_3_GoodCookie_IsTheSession()
    {
        var (session, cookie) = New();
        var again = With(cookie);
        Assert.Equal(session, Sessions().Find(again));
        Assert.Equal(session, Sessions().Ensure(again));
        Assert.Empty(again.Response.Headers.SetCookie.ToArray());
    }

    [Fact]
    public void TF_4_BrokenCutOrForeign_IsNoSession()
    {
        var (session, cookie) = New();
        var wrong = new List<string> { session, "", "x", new('a', 5000), New(new EphemeralDataProtectionProvider()).Cookie, cookie + "A", "%00%ff", "Ã¤" };
        wrong.AddRange(Enumerable.Range(1, cookie.Length - 1).Select(length => cookie[..length]));
        wrong.AddRange(Enumerable.Range(0, cookie.Length).Select(at => cookie[..at] + (cookie[at] == 'A' ? 'B' : 'A') + cookie[(at + 1)..]).Where(other => other[^1] == cookie[^1]));
        Assert.All(wrong, value => Assert.Null(Sessions().Find(With(value))));
        Assert.All(wrong, value => Assert.NotEqual(session, Sessions().Ensure(With(value))));
    }

    [Fact]
    public void TF_8_NewSession_IsUnpredictableAndGuarded()
    {
        var context = With(null);
        Sessions().Ensure(context);
        var cookie = Made(context);
        Assert.Equal((true, true, Microsoft.Net.Http.Headers.SameSiteMode.Lax, "/"), (cookie.HttpOnly, cookie.Secure, cookie.SameSite, cookie.Path.ToString()));
        var many = Enumerable.Range(0, 100).Select(_ => New().Session).ToList();
        Assert.Equal(many.Count, many.Distinct().Count());
        Assert.All(many, session => Assert.True(session.Length * 4 >= 128));
    }

    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0", null, false)]
    [InlineData("curl/8.5.0", null, false)]
    [InlineData("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", null, true)]
    [InlineData("facebookexternalhit/1.1", null, true)]
    [InlineData("WhatsApp/2.23", null, true)]
    [InlineData("TelegramBot (like TwitterBot)", null, true)]
    [InlineData("Mozilla/5.0 Chrome/141.0", "prefetch;prerender", true)]
    public void TF_10_ProgramsThatOnlyLook_AreKnown(string agent, string? purpose, bool isLooking)
    {
        var context = With(null);
        context.Request.Method = "GET";
        context.Request.Headers.UserAgent = agent;
        context.Request.Headers["Sec-Purpose"] = purpose;
        Assert.Equal(isLooking, PreviewBots.IsLookingOnly(context.Request));
    }
}
