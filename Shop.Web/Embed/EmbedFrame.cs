namespace Shop.Web.Embed;

/// <summary>What a framed page says to the page around it, by wwwroot/js/embed.js.</summary>
/// <param name="Type">ready, done or error.</param>
/// <param name="Reference">The order's number; empty: there is none yet.</param>
/// <param name="Origins">To whom it speaks, exactly.</param>
/// <param name="HasHead">It is the whole of a dialog, and has a way out.</param>
internal sealed record EmbedFrame(string Type, string Reference, IReadOnlyList<string> Origins, bool HasHead = true);
