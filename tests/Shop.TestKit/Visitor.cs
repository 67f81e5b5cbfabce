using System.Net;
using AngleSharp;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace Shop.TestKit;

/// <summary>Somebody with a browser: follows links and redirects, fills forms, keeps cookies, runs no scripts.</summary>
public sealed class Visitor(HttpClient http)
{
    private const int MostRedirects = 10;

    /// <summary>From which network address the requests come; null: from nowhere that limits count.</summary>
    public string? NetworkAddress { get; set; }

    public HttpClient Http => http;

    public Task<Page> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    /// <summary>Sends one request and stays at its answer, also a redirect.</summary>
    public async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request)
    {
        if (NetworkAddress is { } from)
        {
            request.Headers.Add(ShopHost.AddressHeader, from);
        }

        return await http.SendAsync(request);
    }

    /// <summary>Fills the form of the page's main part (the only one, or the first) and presses its button.</summary>
    public Task<Page> SubmitAsync(Page page, params (string Name, string Value)[] fields) => SubmitAsync(page, "main form", null, fields);

    /// <summary>Fills a form, found by a CSS selector, and presses a button of it: the first, or the one with this text or value.</summary>
    public Task<Page> SubmitAsync(Page page, string form, string? button, params (string Name, string Value)[] fields) =>
        SendAsync(page.Submission(form, button, fields));

    public async Task<Page> SendAsync(HttpRequestMessage request)
    {
        var response = await AskAsync(request);
        for (var hops = 0; response.Headers.Location is { } to && (int)response.StatusCode is >= 300 and < 400; hops++)
        {
            if (hops == MostRedirects)
            {
                throw new InvalidOperationException($"{request.RequestUri} leads in a circle.");
            }

            response = await AskAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(response.RequestMessage!.RequestUri!, to)));
        }

        return await Page.ReadAsync(response);
    }
}

/// <summary>A page as the visitor sees it.</summary>
public sealed class Page
{
    private Page(HttpResponseMessage response, string body, IDocument document)
    {
        Response = response;
        Body = body;
        Document = document;
    }

    public HttpResponseMessage Response { get; }

    public string Body { get; }

    public IDocument Document { get; }

    public HttpStatusCode Status => Response.StatusCode;

    /// <summary>Where the visitor is after all redirects.</summary>
    public Uri Address => Response.RequestMessage!.RequestUri!;

    /// <summary>The words of the problem shown, or null.</summary>
    public string? Error => Text("error");

    /// <summary>The words above the page after a redirect, or null.</summary>
    public string? News => Squeeze(Document.QuerySelector(".news")?.TextContent);

    public IElement? Find(string testId) => Document.QuerySelector($"[data-testid='{testId}']");

    public IReadOnlyList<IElement> All(string testId) => [.. Document.QuerySelectorAll($"[data-testid='{testId}']")];

    /// <summary>The words of an element by its hook, without breaks and doubled blanks; null when it is not there.</summary>
    public string? Text(string testId) => Squeeze(Find(testId)?.TextContent);

    /// <summary>What stands in a field of a form.</summary>
    public string? Value(string field) => Document.QuerySelector($"[name='{field}']") switch
    {
        IHtmlInputElement input => input.Value,
        IHtmlTextAreaElement area => area.Value,
        IHtmlSelectElement select => select.Value,
        _ => null,
    };

    /// <summary>What is wrong with a field, in the words beside it; null when nothing is.</summary>
    public string? Wrong(string field) => Squeeze(Document.QuerySelector($"#{field}-wrong")?.TextContent);

    public static async Task<Page> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var context = BrowsingContext.New(Configuration.Default);
        var document = await context.OpenAsync(from => from.Content(body).Address(response.RequestMessage!.RequestUri!.AbsoluteUri));
        return new Page(response, body, document);
    }

    /// <summary>The request that a filled form sends, for whoever sends it later, or stays at its answer.</summary>
    public HttpRequestMessage Submission(string selector, string? button, IReadOnlyCollection<(string Name, string Value)> typed)
    {
        var form = Document.QuerySelector<IHtmlFormElement>(selector)
            ?? throw new InvalidOperationException($"{Address} ({(int)Status}) has no form '{selector}'.");
        var buttons = form.Elements.Where(e => e is IHtmlButtonElement or IHtmlInputElement { Type: "submit" }).Cast<IHtmlElement>().ToList();
        var pressed = button is null
            ? buttons.FirstOrDefault()
            : buttons.FirstOrDefault(b => b.GetAttribute("value") == button || Squeeze(b.TextContent) == button)
                ?? throw new InvalidOperationException($"The form '{selector}' of {Address} has no button '{button}'.");
        var fields = Filled(form).Where(f => typed.All(t => t.Name != f.Key)).ToList();
        fields.AddRange(typed.Select(t => KeyValuePair.Create(t.Name, t.Value)));
        if (pressed?.GetAttribute("name") is { Length: > 0 } name)
        {
            fields.Add(KeyValuePair.Create(name, pressed.GetAttribute("value") ?? ""));
        }

        var action = pressed?.GetAttribute("formaction") ?? form.GetAttribute("action");
        var target = string.IsNullOrEmpty(action) ? Address : new Uri(Address, action);
        return string.Equals(form.Method, "post", StringComparison.OrdinalIgnoreCase)
            ? new HttpRequestMessage(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(fields) }
            : new HttpRequestMessage(HttpMethod.Get, new UriBuilder(target) { Query = string.Join('&', fields.Select(f => $"{Uri.EscapeDataString(f.Key)}={Uri.EscapeDataString(f.Value)}")) }.Uri);
    }

    /// <summary>The request that a form of this page sends with one field filled by hand.</summary>
    public HttpRequestMessage Submission(IHtmlFormElement form, string field, string value)
    {
        var pressed = form.Elements.Where(e => e is IHtmlButtonElement or IHtmlInputElement { Type: "submit" }).Cast<IHtmlElement>().FirstOrDefault();
        var action = pressed?.GetAttribute("formaction") ?? form.GetAttribute("action");
        var target = string.IsNullOrEmpty(action) ? Address : new Uri(Address, action);
        var fields = Filled(form).Where(f => f.Key != field).Append(KeyValuePair.Create(field, value)).ToList();
        return string.Equals(form.Method, "post", StringComparison.OrdinalIgnoreCase)
            ? new HttpRequestMessage(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(fields) }
            : new HttpRequestMessage(HttpMethod.Get, new UriBuilder(target) { Query = string.Join('&', fields.Select(f => $"{Uri.EscapeDataString(f.Key)}={Uri.EscapeDataString(f.Value)}")) }.Uri);
    }

    private static IEnumerable<KeyValuePair<string, string>> Filled(IHtmlFormElement form)
    {
        foreach (var element in form.Elements.OfType<IHtmlElement>())
        {
            var name = element.GetAttribute("name");
            if (string.IsNullOrEmpty(name) || element.HasAttribute("disabled"))
            {
                continue;
            }

            var value = element switch
            {
                IHtmlInputElement { Type: "submit" or "button" or "image" or "reset" } => null,
                IHtmlInputElement { Type: "checkbox" or "radio" } tick => tick.IsChecked ? tick.Value : null,
                IHtmlInputElement input => input.Value,
                IHtmlTextAreaElement area => area.Value,
                IHtmlSelectElement select => select.Value,
                _ => null,
            };
            if (value is not null)
            {
                yield return KeyValuePair.Create(name, value);
            }
        }
    }

    private static string? Squeeze(string? text) =>
        text is null ? null : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
