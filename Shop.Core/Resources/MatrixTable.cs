using System.Net;

namespace Shop.Core;

/// <summary>What decides about the answer of an order's public page besides the credential.</summary>
/// <param name="State">For the session that asks.</param>
/// <param name="HasToken">Without one nothing is asked for (D8).</param>
/// <param name="HasReorderUrl">Whoever brings no credential can be sent on.</param>
/// <param name="IsAlreadyPaid">The session that asks has paid another order of the same address (D7).</param>
public sealed record MatrixSituation(MatrixState State, bool HasToken, bool HasReorderUrl, bool IsAlreadyPaid);

/// <summary>The kinds of <see cref="MatrixAnswer"/>, without what they tell.</summary>
public enum MatrixReply { Unknown, Refused, Reorder, Pay, AlreadyPaid, Paid, Over }

/// <summary>The matrix of states and credentials (parity/taler.md section 4). Pure.</summary>
public static class MatrixTable
{
    /// <param name="order">Null: there is no such order.</param>
    /// <param name="credential">What the request brings.</param>
    /// <param name="html">A person looks at it.</param>
    public static MatrixReply Answer(MatrixSituation? order, MatrixCredential credential, bool html) => (order, credential) switch
    {
        (null, _) => MatrixReply.Unknown,
        (_, MatrixCredential.WrongToken or MatrixCredential.WrongHash) => MatrixReply.Refused,
        ({ HasToken: false }, MatrixCredential.RightToken) => MatrixReply.Refused,
        // nobody has agreed to its contract yet
        ({ State: MatrixState.Unclaimed }, MatrixCredential.RightHash) => MatrixReply.Refused,
        // whoever has it already is led there, which tells nothing of this order
        ({ State: not MatrixState.Paid, IsAlreadyPaid: true }, MatrixCredential.None) when html => MatrixReply.AlreadyPaid,
        ({ HasToken: true, HasReorderUrl: true }, MatrixCredential.None) => MatrixReply.Reorder,
        ({ HasToken: true }, MatrixCredential.None) => MatrixReply.Refused,
        ({ State: MatrixState.Paid }, _) => MatrixReply.Paid,
        ({ IsAlreadyPaid: true }, _) => MatrixReply.AlreadyPaid,
        ({ State: MatrixState.Over }, _) => MatrixReply.Over,
        _ => MatrixReply.Pay,
    };

    public static HttpStatusCode StatusOf(MatrixReply reply, bool html) => reply switch
    {
        MatrixReply.Unknown => HttpStatusCode.NotFound,
        MatrixReply.Refused => HttpStatusCode.Forbidden,
        MatrixReply.Reorder => HttpStatusCode.Accepted,
        MatrixReply.AlreadyPaid when html => HttpStatusCode.Found,
        MatrixReply.Paid => HttpStatusCode.OK,
        MatrixReply.Pay or MatrixReply.AlreadyPaid or MatrixReply.Over => HttpStatusCode.PaymentRequired,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
