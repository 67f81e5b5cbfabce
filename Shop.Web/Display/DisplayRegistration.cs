using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.AspNetCore.Mvc;

namespace Shop.Web.Display;

internal static class DisplayRegistration
{
    // one list per language that has texts: dates and numbers in another language than the words around them cannot be read aloud
    private static readonly CultureInfo[] Forms =
        [.. new[] { "en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-IN", "en-NZ", "en-ZA", "en" }.Select(CultureInfo.GetCultureInfo)];

    /// <summary>Texts, the reader's culture, and the cookie that carries a sentence over a redirect. The pipeline needs <c>UseRequestLocalization</c>.</summary>
    public static WebApplicationBuilder AddDisplay(this WebApplicationBuilder builder)
    {
        builder.Services.AddLocalization();
        builder.Services.Configure<RequestLocalizationOptions>(options =>
        {
            options.DefaultRequestCulture = new RequestCulture("en-US");
            options.SupportedCultures = Forms;
            options.SupportedUICultures = Forms;
            options.RequestCultureProviders = [new AcceptLanguageHeaderRequestCultureProvider()];
        });
        builder.Services.Configure<CookieTempDataProviderOptions>(options =>
        {
            var plainHttp = builder.Environment.IsDevelopment();
            options.Cookie.Name = plainHttp ? News.CookieName : "__Host-" + News.CookieName;
            options.Cookie.SecurePolicy = plainHttp ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.HttpOnly = true;
            options.Cookie.IsEssential = true;
        });
        return builder;
    }
}
