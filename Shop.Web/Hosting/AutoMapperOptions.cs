namespace Shop.Web.Hosting;

/// <summary>AutoMapper is free below its threshold of turnover and wants a key in any case; without one it logs a warning and works.</summary>
internal sealed record AutoMapperOptions
{
    public const string Section = "AutoMapper";

    public string? LicenseKey { get; set; }
}
