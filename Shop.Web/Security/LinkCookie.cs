namespace Shop.Web.Security;

/// <summary>
/// Opening a link of a mail exchanges its token for a short session and uses nothing up; the address bar, the history and the next page's
/// referrer no longer hold it.
/// </summary>
internal sealed class LinkCookie(ShopCookies cookies)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>What a link says: whose it is and its token.</summary>
    public sealed record Link(string Member, string Token);

    public void Keep(HttpContext context, string purpose, Link link) => cookies.Set(context, purpose, $"{link.Member}.{link.Token}", Life);

    public Link? Read(HttpContext context, string purpose) =>
        cookies.Get(context, purpose)?.Split('.', 2) is [var member, var token] ? new Link(member, token) : null;

    public void End(HttpContext context, string purpose) => cookies.Remove(context, purpose);
}
