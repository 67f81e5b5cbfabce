using Shop.Core;

namespace Shop.Web.Display;

/// <summary>What a form asks a buyer for the tax: their country, and of businesses their tax id.</summary>
/// <param name="Terms">By the rules in force.</param>
internal sealed record TaxFields(TaxTerms Terms, string? Country, string? TaxId, string? BillTo);
