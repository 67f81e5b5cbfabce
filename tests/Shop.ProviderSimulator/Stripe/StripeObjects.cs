using System.Text.Json.Nodes;

namespace Shop.ProviderSimulator.Stripe;

/// <summary>Objects as Stripe's API 2026 answers them: every field that its own samples have. Fields with an underline in front are ours and
/// are never sent.</summary>
public static class StripeObjects
{
    public const string ApiVersion = "2026-10-28.endive";

    private static readonly Dictionary<string, string> Fields = new()
    {
        ["payment_intent"] = """
            amount amount_capturable amount_details amount_received application application_fee_amount automatic_payment_methods canceled_at cancellation_reason
            capture_method client_secret confirmation_method created currency customer description id last_payment_error latest_charge livemode metadata next_action
            object on_behalf_of payment_method payment_method_configuration_details payment_method_options payment_method_types processing receipt_email review
            setup_future_usage shipping statement_descriptor statement_descriptor_suffix status transfer_data transfer_group source excluded_payment_method_types
            customer_account managed_payments
            """,
        ["charge"] = """
            amount amount_captured amount_refunded application application_fee application_fee_amount balance_transaction billing_details
            calculated_statement_descriptor captured created currency customer description disputed failure_balance_transaction failure_code failure_message
            fraud_details id livemode metadata object on_behalf_of outcome paid payment_intent payment_method payment_method_details receipt_email receipt_number
            receipt_url refunded refunds review shipping source_transfer statement_descriptor statement_descriptor_suffix status transfer_data transfer_group source
            """,
        ["refund"] = """
            amount balance_transaction charge created currency destination_details id metadata object payment_intent reason receipt_number
            source_transfer_reversal status transfer_reversal customer customer_account payment_method
            """,
        ["checkout.session"] = """
            after_expiration allow_promotion_codes amount_subtotal amount_total automatic_tax billing_address_collection cancel_url client_reference_id
            client_secret consent consent_collection created currency custom_fields custom_text customer customer_creation customer_details customer_email
            expires_at id invoice invoice_creation livemode locale metadata mode object payment_intent payment_link payment_method_collection
            payment_method_configuration_details payment_method_options payment_method_types payment_status phone_number_collection recovered_from
            saved_payment_method_options setup_intent shipping_address_collection shipping_cost shipping_options status submit_type subscription success_url
            total_details ui_mode url adaptive_pricing discounts collected_information permissions wallet_options origin_context currency_conversion
            customer_account integration_identifier managed_payments
            """,
        ["setup_intent"] = """
            application automatic_payment_methods cancellation_reason client_secret created customer description flow_directions id last_setup_error
            latest_attempt livemode mandate metadata next_action object on_behalf_of payment_method payment_method_configuration_details payment_method_options
            payment_method_types single_use_mandate status usage excluded_payment_method_types
            """,
        ["payment_method"] = "allow_redisplay billing_details card created customer id livemode metadata object type customer_account",
        ["customer"] = """
            address balance created currency default_source delinquent description discount email id invoice_prefix invoice_settings livemode metadata name
            next_invoice_sequence object phone preferred_locales shipping tax_exempt test_clock
            """,
        ["dispute"] = """
            amount balance_transactions charge created currency evidence evidence_details id is_charge_refundable livemode metadata object payment_intent
            payment_method_details reason status enhanced_eligibility_types
            """,
        ["event"] = "api_version created data id livemode object pending_webhooks request type",
        ["account"] = """
            business_profile business_type capabilities charges_enabled controller country created default_currency details_submitted email external_accounts
            future_requirements id metadata object payouts_enabled requirements settings tos_acceptance type
            """,
        ["balance_transaction"] = """
            amount available_on created currency description exchange_rate fee fee_details id net object reporting_category source status type balance_type
            """,
    };

    /// <summary>Which kind of object a field with an id means, for expansion.</summary>
    public static readonly Dictionary<string, string> Targets = new()
    {
        ["latest_charge"] = "charge", ["charge"] = "charge", ["balance_transaction"] = "balance_transaction", ["payment_method"] = "payment_method",
        ["customer"] = "customer", ["payment_intent"] = "payment_intent", ["setup_intent"] = "setup_intent",
    };

    public static JsonObject New(string kind, string id, long createdSeconds, bool live)
    {
        var it = new JsonObject();
        foreach (var field in Fields[kind].Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            it[field] = null;
        }

        it["id"] = id;
        it["object"] = kind;
        it["created"] = createdSeconds;
        foreach (var (field, value) in new (string, JsonNode)[] { ("livemode", live), ("metadata", new JsonObject()) })
        {
            if (it.ContainsKey(field))
            {
                it[field] = value;
            }
        }

        return it;
    }

    /// <summary>A copy without what is ours.</summary>
    public static JsonObject Public(JsonObject stored)
    {
        var copy = stored.DeepClone().AsObject();
        foreach (var field in copy.Select(it => it.Key).Where(it => it.StartsWith('_')).ToList())
        {
            copy.Remove(field);
        }

        return copy;
    }

    public static JsonObject Address() => new() { ["city"] = null, ["country"] = null, ["line1"] = null, ["line2"] = null, ["postal_code"] = null, ["state"] = null };

    public static JsonObject Billing() => new() { ["address"] = Address(), ["email"] = null, ["name"] = null, ["phone"] = null, ["tax_id"] = null };
}
