using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace Shop.TestKit;

/// <summary>Goes wherever a page leads, by GET alone: links, forms that ask, and also the addresses that other forms would post to.</summary>
public static class Walk
{
    private const int Most = 600;

    /// <summary>Every page that can be reached from the starts, each address once; only this shop's.</summary>
    public static async Task<IReadOnlyList<Page>> WalkAsync(this Visitor visitor, IEnumerable<string> starts, Func<Uri, bool> leaveOut)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<Uri>();
        var pages = new List<Page>();
        void Meet(Uri address)
        {
            if (address.Host == ShopHost.Address.Host && address.Scheme == ShopHost.Address.Scheme && !leaveOut(address) && found.Add(address.PathAndQuery))
            {
                open.Enqueue(address);
            }
        }

        foreach (var start in starts)
        {
            Meet(new Uri(ShopHost.Address, start));
        }

        while (open.TryDequeue(out var address))
        {
            var page = await visitor.GetAsync(address.PathAndQuery);
            pages.Add(page);
            if (pages.Count > Most)
            {
                throw new InvalidOperationException($"The shop goes on for more than {Most} pages; the last is {address}.");
            }

            foreach (var next in Ways(page))
            {
                Meet(next);
            }
        }

        return pages;
    }

    private static IEnumerable<Uri> Ways(Page page)
    {
        foreach (var link in page.Document.QuerySelectorAll("a[href]"))
        {
            if (Uri.TryCreate(page.Address, link.GetAttribute("href"), out var to))
            {
                yield return to;
            }
        }

        foreach (var button in page.Document.QuerySelectorAll("[formaction]"))
        {
            yield return new Uri(page.Address, button.GetAttribute("formaction"));
        }

        foreach (var form in page.Document.QuerySelectorAll<IHtmlFormElement>("form"))
        {
            var action = form.GetAttribute("action");
            var to = string.IsNullOrEmpty(action) ? page.Address : new Uri(page.Address, action);
            yield return to;
            if (!string.Equals(form.Method, "get", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var select in form.QuerySelectorAll<IHtmlSelectElement>("select"))
            {
                foreach (var option in select.Options)
                {
                    yield return new UriBuilder(to) { Query = $"{select.Name}={Uri.EscapeDataString(option.Value)}" }.Uri;
                }
            }
        }
    }
}
