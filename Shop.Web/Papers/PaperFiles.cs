using Shop.Core;
using Shop.Web.Display;
using Shop.Web.Security;

namespace Shop.Web.Papers;

/// <summary>Receipts and credit notes as files to keep: for whoever may see the order, and for staff. Everybody else gets what they get for an order that is not there.</summary>
internal static class PaperFiles
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/orders/{number}/receipt.pdf", ReceiptAsync).AllowAnonymous().WithMetadata(new PrivatePageAttribute());
        endpoints.MapGet("/orders/{number}/credit-notes/{note}.pdf", NoteAsync).AllowAnonymous().WithMetadata(new PrivatePageAttribute());
        endpoints.MapGet("/admin/orders/{number}/papers/{paper}", ForStaffAsync).RequireAuthorization(StaffPolicies.Orders).WithMetadata(new PrivatePageAttribute());
    }

    private static async Task<IResult> ReceiptAsync(
        string number, string? token, HttpContext context, ShopDbContext db, ReceiptReader receipts, PaperWriter writer, CancellationToken cancellationToken) =>
        Pdf(await receipts.FindAsync(db, number, new OrderViewer(context.Buyer(), token), cancellationToken), writer);

    private static async Task<IResult> NoteAsync(
        string number, string note, string? token, HttpContext context, ShopDbContext db, ReceiptReader receipts, PaperWriter writer, CancellationToken cancellationToken) =>
        Pdf(await receipts.FindNoteAsync(db, number, note, new OrderViewer(context.Buyer(), token), cancellationToken), writer);

    private static async Task<IResult> ForStaffAsync(
        string number, string paper, ShopDbContext db, ReceiptReader receipts, PaperWriter writer, CancellationToken cancellationToken) =>
        Pdf(await receipts.FindForStaffAsync(db, number, paper, cancellationToken), writer);

    private static IResult Pdf(PaperFacts? facts, PaperWriter writer) => facts is null
        ? Results.NotFound()
        : Results.Bytes(PaperPdf.Write(writer.Write(facts), facts.IssuedAt), PaperPdf.ContentType, $"{facts.Number}.pdf");
}
