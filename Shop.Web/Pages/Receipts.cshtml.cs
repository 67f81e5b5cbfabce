using Microsoft.AspNetCore.Authorization;
using System.Net.Mail;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;
using Shop.Web.Texts;

namespace Shop.Web.Pages;

/// <summary>"Send me my receipts", for somebody who lost the link. The answer is the same for every address.</summary>
[AllowAnonymous]
internal sealed class ReceiptsModel(ReceiptLinks receipts, Tries tries, IStringLocalizer<OrderTexts> texts) : FormPage
{
    [BindProperty]
    public string? Email { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var email = Email?.Trim();
        if (string.IsNullOrEmpty(email) || email.Length > 254 || !MailAddress.TryCreate(email, out var address) || address.Address != email)
        {
            Problem(nameof(Email), texts["Receipts.NotAnAddress"]);
            return await ShowAgainAsync(cancellationToken);
        }

        switch (await tries.MailAsync(HttpContext, Tries.Receipts, email, cancellationToken))
        {
            case TooMany.ForAddress:
                Problem("", texts["Receipts.TooMany"]);
                return await ShowAgainAsync(cancellationToken);
            case TooMany.No:
                await receipts.AskAsync(email, cancellationToken);
                break;
        }

        TempData.Done(texts["Receipts.Sent"]);
        return RedirectToPage();
    }
}
