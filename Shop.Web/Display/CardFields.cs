using Shop.Payments;

namespace Shop.Web.Display;

/// <summary>A payment service's own fields on a page of ours: which script draws them, and what it is told. The secret is for the owner's page alone (ST-14).</summary>
/// <param name="ReturnUrl">Where the service sends the buyer afterwards.</param>
/// <param name="Button">The words on the button that pays, or keeps.</param>
internal sealed record CardFields(string Widget, Uri Script, string Key, string Secret, bool IsSetup, bool IsNextStep, Uri ReturnUrl, string Button)
{
    /// <summary>The widgets that wwwroot/js/card-fields.js can mount.</summary>
    private static readonly string[] Known = ["stripe"];

    /// <summary>Null where no module of this shop can draw them, or something is missing.</summary>
    public static CardFields? Of(BuyerAction? action, Uri returnUrl, string button) =>
        action is BuyerAction.FillFields { Widget: var widget, PublicData: var data } && Known.Contains(widget)
            && Uri.TryCreate(data.GetValueOrDefault("script"), UriKind.Absolute, out var script) && (script.Scheme == Uri.UriSchemeHttps || script is { Scheme: "http", IsLoopback: true })
            && data.TryGetValue("publishable_key", out var key) && data.TryGetValue("client_secret", out var secret)
            ? new CardFields(widget, script, key, secret, data.GetValueOrDefault("mode") == "setup", data.GetValueOrDefault("next") == "action", returnUrl, button)
            : null;

    public override string ToString() => $"{Widget} fields";
}
