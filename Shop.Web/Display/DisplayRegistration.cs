using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Shop.Web.Security;

namespace Shop.Web.Display;

internal static class DisplayRegistration
{
    // one list per language that has texts: dates and numbers in another language than the words around them cannot be read aloud
    private static readonly CultureInfo[] Forms =
        [.. new[] { "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-ZA", "en" }.Select(CultureInfo.GetCultureInfo)];

    /// <summary>
    /// Texts, the reader's culture, the buyer's cart, mapping, and the cookie that carries a sentence over a redirect. The pipeline needs
    /// <c>UseRequestLocalization</c>; Core's services are registered elsewhere.
    /// </summary>
    public static WebApplicationBuilder AddDisplay(this WebApplicationBuilder builder)
    {
        builder.Services.AddLocalization();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<IFileVersionProvider, FileVersions>(); // MVC takes its own only where there is none
        builder.Services.AddScoped<CurrentCart>();
        builder.Services.AddAutoMapper(mapper => mapper.LicenseKey = builder.Configuration["AutoMapper:LicenseKey"], typeof(DisplayRegistration).Assembly);
        builder.Services.Configure<RequestLocalizationOptions>(options =>
        {
            options.DefaultRequestCulture = new RequestCulture("en-US");
            options.SupportedCultures = Forms;
            options.SupportedUICultures = Forms;
            options.RequestCultureProviders = [new AcceptLanguageHeaderRequestCultureProvider()];
        });
        builder.Services.AddOptions<CookieTempDataProviderOptions>().Configure<ShopCookies>((options, cookies) => cookies.Shape(options.Cookie, News.CookieName));
        return builder;
    }
}
