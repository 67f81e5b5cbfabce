// A community's site beside the shop: it sells two things, and its members sign in to the shop with their accounts here. eng/demo-seller.sh starts both.
using DemoSeller;

var builder = WebApplication.CreateBuilder(args);
var (shop, key, secret) = (builder.Configuration["Shop:Address"], builder.Configuration["Shop:Key"], builder.Configuration["Shop:Secret"]);
if (shop is null || key is null || secret is null)
{
    await Console.Error.WriteLineAsync("Shop__Address, Shop__Key and Shop__Secret are needed: eng/demo-seller.sh sets them.");
    return 1;
}

await using var app = builder.Build();
Selling.Map(app, shop.TrimEnd('/'), key);
Community.Map(app, "shop", secret, shop.TrimEnd('/') + "/account/community/back");
await app.RunAsync();
return 0;
