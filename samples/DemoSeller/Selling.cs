namespace DemoSeller;

/// <summary>All that this site does of its own to sell. Payment, receipts, renewals and refunds are the shop's.</summary>
internal static class Selling
{
    public static void Map(WebApplication app, string shop, string key)
    {
        app.MapGet("/dreamshop-1.1.0.js", () => Results.Stream(typeof(Selling).Assembly.GetManifestResourceStream("dreamshop.js")!, "text/javascript"));
        app.MapGet("/", (HttpContext context) => Site.Page(context, $"""
            <p><a href="{shop}/buy/harbour-map" data-dreamshop-key="{key}" data-dreamshop-http>Buy the map of the harbour</a>, once</p>
            <p><a href="{shop}/buy/harbour-club" data-dreamshop-key="{key}" data-dreamshop-http>Join the harbour club</a>, every month</p>
            <p id="said" role="status"></p>
            <script src="/dreamshop-1.1.0.js"></script>
            <script>
            const words = {"{"} completed: 'Thank you!', cancelled: 'Nothing was bought here.', unreachable: 'The shop does not answer. Nothing was bought; please try again later.' {"}"}
            document.addEventListener('dreamshop', ({"{"} detail {"}"}) => {"{"} said.textContent = words[detail.code ?? detail.result] ?? 'This is not for sale just now.' {"}"})
            </script>
            """));
        app.MapGet("/profile", (HttpContext context) => Site.Page(context, $"""<p><a href="{shop}/account/community/start?returnUrl=/account">What you bought, and your cards</a></p>"""));
    }
}
