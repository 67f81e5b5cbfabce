namespace Shop.Payments;

/// <summary>A service without real money that makes the token which elsewhere a browser gets from the provider's fields. No part of the plug-in contract.</summary>
public interface IMakesTestTokens
{
    /// <summary>A token that works once, for a card of that name, or for one that is simply good; null: there is no such card.</summary>
    SingleUseToken? MakeToken(string? card);
}
