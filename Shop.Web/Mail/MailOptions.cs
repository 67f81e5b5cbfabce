using System.ComponentModel.DataAnnotations;

namespace Shop.Web.Mail;

internal sealed record MailOptions
{
    public const string Section = "Mail";

    /// <summary>The sender. Absent: no-reply at the shop's own host.</summary>
    public string? From { get; set; }

    /// <summary>Where mails go as files while no server is named; relative to the content root.</summary>
    [Required]
    public string Folder { get; set; } = "App_Data/mail";

    public SmtpOptions Smtp { get; set; } = new();

    public BrandOptions Brand { get; set; } = new();

    public bool IsFromUsable => From is null || MailAddresses.IsUsable(From);
}

/// <summary>How mails look.</summary>
internal sealed record BrandOptions
{
    /// <summary>What the site is called. Absent: as on its pages.</summary>
    public string? Name { get; set; }

    /// <summary>A picture for the head of mails, at an https address. Absent: the name stands there.</summary>
    public Uri? Logo { get; set; }

    /// <summary>The colour of the head and of buttons.</summary>
    [RegularExpression("#[0-9a-fA-F]{6}")]
    public string Colour { get; set; } = "#3b3a6b";

    public bool IsLogoUsable => Logo is null or { IsAbsoluteUri: true, Scheme: "https", UserInfo: "" };

    public bool IsNameUsable => Name is null || (Name.Trim().Length > 0 && !Name.Any(char.IsControl));
}

/// <summary>The mail server. Named: mails are sent through it instead of into the folder.</summary>
internal sealed record SmtpOptions
{
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    public string? User { get; set; }

    public string? Password { get; set; }

    /// <summary>Off only for a server on the same machine: names and addresses of buyers would otherwise travel in the open.</summary>
    public bool StartTls { get; set; } = true;
}
